//! Tokens in the same database.

use crate::database::{Database, Row, Statement};
use crate::id::LedgerId;
use crate::store::StoreError;
use crate::tokens::{TokenRow, TokenStore};

use super::rows::{array, number, text};
use super::shards::select;
use super::stage::hex;
use super::{SqlStore, TENANT};

const COLUMNS: &str = "\
select id, hex(hash), scopes, ledger, name, cast(created as text), cast(expires as text), hex(mac)
from tokens";

const INSERT: &str = "\
insert into tokens (tenant, id, hash, scopes, ledger, name, created, expires, mac)
values (?1, ?2, unhex(?3), ?4, ?5, ?6, ?7 + 0, ?8 + 0, unhex(?9))";

fn of_tenant(sql: String, rest: impl IntoIterator<Item = Option<String>>) -> Statement {
    let tenant = [Some(TENANT.to_owned())];
    Statement { sql: sql.into(), params: tenant.into_iter().chain(rest).collect() }
}

pub(crate) fn token(row: &Row) -> Option<TokenRow> {
    let optional = |column: usize| row.get(column).cloned().flatten();
    Some(TokenRow {
        id: text(row, 0)?.to_owned(),
        hash: array(row, 1)?,
        scopes: text(row, 2)?.to_owned(),
        ledger: optional(3),
        name: optional(4),
        created: number(row, 5)?,
        expires: match optional(6) {
            Some(expires) => Some(expires.parse().ok()?),
            None => None,
        },
        mac: array(row, 7)?,
    })
}

impl<D: Database, B: Send + Sync> TokenStore for SqlStore<D, B> {
    async fn token(&self, id: &str) -> Result<Option<TokenRow>, StoreError> {
        let sql = format!("{COLUMNS} where tenant = ?1 and id = ?2");
        let statement = of_tenant(sql, [Some(id.to_owned())]);
        Ok(select(&self.first, statement, token).await?.pop())
    }

    async fn insert_token(&self, row: &TokenRow) -> Result<(), StoreError> {
        let params = [
            Some(row.id.clone()),
            Some(hex(&row.hash)),
            Some(row.scopes.clone()),
            row.ledger.clone(),
            row.name.clone(),
            Some(row.created.to_string()),
            row.expires.map(|expires| expires.to_string()),
            Some(hex(&row.mac)),
        ];
        Ok(self.first.batch(vec![of_tenant(INSERT.to_owned(), params)]).await?)
    }

    async fn delete_token(&self, id: &str) -> Result<(), StoreError> {
        let sql = "delete from tokens where tenant = ?1 and id = ?2".to_owned();
        Ok(self.first.batch(vec![of_tenant(sql, [Some(id.to_owned())])]).await?)
    }

    async fn tokens(
        &self,
        ledger: Option<&LedgerId>,
        after: &str,
        limit: usize,
    ) -> Result<Vec<TokenRow>, StoreError> {
        let mut params = vec![Some(after.to_owned())];
        let mut filter = "";
        if let Some(ledger) = ledger {
            params.push(Some(ledger.as_str().to_owned()));
            filter = " and ledger = ?3";
        }
        let order = format!("order by id limit {limit}");
        let sql = format!("{COLUMNS} where tenant = ?1 and id > ?2{filter} {order}");
        select(&self.first, of_tenant(sql, params), token).await
    }
}
