//! Nodes that were hashed a moment ago. Proofs of one tree share most of the way up, and two children that were hashed
//! before need no second hashing, whatever they are said to prove.

use alloc::vec;
use alloc::vec::Vec;

use crate::hash::Hash;

/// Parents by their children, one a slot: a later one takes an earlier one's place.
pub(super) struct Parents {
    slots: Vec<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    children: [Hash; 2],
    parent: Hash,
}

impl Parents {
    /// 2^14 slots of 97 bytes take 1.6 MB: the upper 13 levels of a tree, and as much again of what comes and goes.
    const MOST: usize = 1 << 14;

    /// For so many proofs.
    pub(super) fn new(proofs: usize) -> Self {
        Self { slots: vec![None; proofs.clamp(1, Self::MOST)] }
    }

    /// The parent, if these are the children that its slot knows.
    pub(super) fn get(&self, children: &[Hash; 2]) -> Option<Hash> {
        let known = self.slots.get(self.slot(children))?.as_ref()?;
        (known.children == *children).then_some(known.parent)
    }

    pub(super) fn insert(&mut self, children: [Hash; 2], parent: Hash) {
        let slot = self.slot(&children);
        if let Some(known) = self.slots.get_mut(slot) {
            *known = Some(Known { children, parent });
        }
    }

    /// By the left child's bytes, which are as good as random; where a sender chose them, he gets more hashing.
    fn slot(&self, [left, _]: &[Hash; 2]) -> usize {
        let [.., a, b] = left.0;
        usize::from(u16::from_be_bytes([a, b])).checked_rem(self.slots.len()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_children_find_their_parent() {
        let [left, right, parent] = [1, 2, 3].map(|byte| Hash([byte; 32]));
        for proofs in [0, 1, 100, usize::MAX] {
            let mut parents = Parents::new(proofs);
            assert_eq!(parents.get(&[left, right]), None);
            parents.insert([left, right], parent);
            assert_eq!(parents.get(&[left, right]), Some(parent));
            assert_eq!(parents.get(&[left, left]), None);
            assert_eq!(parents.get(&[right, left]), None);
            // The same slot, by its last bytes.
            let mut other = left;
            other.0[0] = 9;
            assert_eq!(parents.get(&[other, right]), None);
            parents.insert([other, right], left);
            assert_eq!(parents.get(&[other, right]), Some(left));
            assert_eq!(parents.get(&[left, right]), None);
        }
    }

    #[test]
    fn memory_is_bounded() {
        assert_eq!(Parents::new(usize::MAX).slots.len(), Parents::MOST);
    }
}
