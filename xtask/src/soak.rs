//! `soak`: what is too long for every change: coverage, Miri, long fuzzing, load, mutants.

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{check, program};
use crate::{build, coverage, fuzz, mutants, setup, workspace};

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run this part alone; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// How long the edge server is under load
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
}

type Part = (&'static str, fn(&Options) -> Outcome);

/// Quickest first.
const PARTS: [Part; 5] = [
    ("coverage", |_| coverage::run()),
    ("miri", |_| miri()),
    ("edge", edge),
    ("fuzz", |_| fuzz::run(&fuzz::Options { seconds: 600, only: Vec::new() })),
    ("mutants", |_| mutants::run(&mutants::Options { file: Vec::new(), resume: false })),
];

pub(crate) fn run(options: &Options) -> Outcome {
    if let Some(unknown) =
        options.only.iter().find(|name| PARTS.iter().all(|part| part.0 != **name))
    {
        return could_not_run(format!(
            "no part {unknown}; they are {}",
            PARTS.map(|p| p.0).join(", ")
        ));
    }
    let asked = |name: &str| options.only.is_empty() || options.only.iter().any(|one| one == name);
    let mut failed = Vec::new();
    for (name, part) in PARTS.into_iter().filter(|part| asked(part.0)) {
        println!("== {name}");
        match part(options) {
            Ok(()) => println!("== {name} holds"),
            Err(Failure::DoesNotHold(why)) => {
                println!("== {name} does not hold: {why}");
                failed.push(name);
            }
            Err(obstacle) => return Err(obstacle),
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::DoesNotHold(failed.join(", "))) }
}

/// Mixed load on real workerd: memory flat, no append stalled, no queue that grows.
fn edge(options: &Options) -> Outcome {
    build::all(&setup::run()?)?;
    let mut node = program("node");
    node.arg("tests/reliability/soak.mjs").args(["--minutes", &options.minutes.to_string()]);
    // It audits with this very program, instead of waiting for cargo's lock.
    node.env("XTASK_BIN", workspace::own_program()?);
    let status = node.status().or_could_not_run(|| "running soak.mjs".into())?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::DoesNotHold("under load: what must hold does not".into())),
        _ => could_not_run(format!("soak.mjs ended with {status}")),
    }
}

/// The kernel's unit tests in the interpreter that watches for undefined behaviour. It takes a
/// thousand times as long: random tests draw few cases, and the curve's arithmetic, which is a
/// library's, runs elsewhere.
fn miri() -> Outcome {
    let nightly = setup::nightly("miri")?;
    setup::nightly("rust-src")?;
    let mut cargo = program("cargo");
    cargo.args(["miri", "test", "--package", "stateledger-core", "--lib", "--"]);
    for long in MIRI_SKIPS {
        cargo.args(["--skip", long]);
    }
    cargo.env("RUSTUP_TOOLCHAIN", nightly).env_remove("CARGO").env_remove("RUSTC");
    // Random tests write what they find to a file.
    cargo.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "2");
    cargo.env("CARGO_TARGET_DIR", workspace::root().join("target/miri"));
    check(cargo)
}

/// Parts of the names of tests that would take minutes each. The trees' tests take smaller trees instead.
const MIRI_SKIPS: [&str; 36] = [
    // The curve's arithmetic: a signature takes seconds.
    "ed25519::",
    "bundle::tests::",
    "checkpoint::tests::signed_checkpoints_round_trip",
    "checkpoint::tests::what_is_signed_can_be_read",
    "cosignature::tests::the_time_is_signed",
    "cosignature::tests::times_above_the_limit_are_refused",
    "dsse::tests::",
    "note::tests::a_mangled_byte_never_verifies_as_the_same",
    "note::tests::unknown_keys_are_ignored_and_known_ones_are_not",
    "receipt::",
    "trust::tests::",
    "policy::tests::one_change_names_its_reason",
    "policy::tests::sizes_are_bounded",
    "policy::tests::the_example_of_the_specification",
    // Thousands of values, or one as large as may be.
    "commitment::fields::tests::a_disclosure_tells_nothing_of_the_others",
    "commitment::fields::tests::any_byte_changed_is_refused",
    "commitment::fields::tests::any_payload_commits_and_discloses",
    "commitment::fields::tests::payloads_beyond_the_limits_are_refused",
    "commitment::fields::tests::small_payloads_all_differ_and_all_disclose",
    "commitment::fields::tests::the_largest_disclosure_is_read_back",
    "commitment::fields::tests::the_position_depends_on_the_salt_alone",
    "json::tests::canonical_bytes_are_a_fixed_point",
    "json::tests::huge_tokens_take_little_time",
    "json::tests::values_are_counted",
    "proof::tests::length_is_bounded",
    "sha256::tests::every_length_alone_and_in_company",
    "sha256::tests::every_mixture_of_block_counts",
    "sha256::tests::lanes_do_not_touch_each_other",
    "time::tests::days_are_counted_one_by_one",
    // Tiles with their 256 leaves.
    "audit::tests::a_full_bundle_serves_for_a_part_of_it",
    "plan::tests::a_store_written_by_plans_proves_everything",
    "plan::tests::appends_across_tile_edges_give_the_reference_root",
    "plan::tests::levels_above_are_carried_at_65_536_and_16_777_216",
    "plan::tests::only_changed_tiles_are_written_and_whole",
    "plan::tests::the_guard_sees_changed_old_hashes_and_hashes_too_many",
    "plan::tests::the_guard_sees_every_changed_tile_byte",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_miri_skips_is_there() {
        let core = workspace::root().join("core/src");
        for skipped in MIRI_SKIPS {
            let (module, test) = skipped.split_once("::tests::").unwrap_or((skipped, ""));
            let module = core.join(module.trim_end_matches("::").replace("::", "/"));
            let places =
                [module.join("tests.rs"), module.with_extension("rs"), module.join("mod.rs")];
            let found = places.iter().filter_map(|path| std::fs::read_to_string(path).ok());
            let function = if test.is_empty() { String::new() } else { format!("fn {test}(") };
            assert!(found.into_iter().any(|text| text.contains(&function)), "{skipped}");
        }
    }
}
