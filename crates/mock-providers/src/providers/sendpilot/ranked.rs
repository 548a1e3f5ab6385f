//! A set of row numbers that is read a page at a time: adding, removing and finding the n-th row cost the same at a
//! thousand rows and at a million.

/// Words of one block; the sums count blocks.
const BLOCK: usize = 8;

/// Row numbers in ascending order. One bit a row, and four bytes for each 512.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranked {
    words: Vec<u64>,
    /// A Fenwick tree over the number of rows in each block.
    sums: Vec<u32>,
    len: usize,
}

impl Ranked {
    /// How many rows.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Adds a row that is not in it.
    pub(super) fn insert(&mut self, row: u32) {
        let word = row as usize / 64;
        while self.words.len() <= word {
            if self.words.len().is_multiple_of(BLOCK) {
                // A new block is empty; its sum covers those before it that its place in the tree stands for.
                let at = self.sums.len() + 1;
                self.sums.push(self.before(at - 1) - self.before(at & (at - 1)));
            }
            self.words.push(0);
        }
        self.words[word] |= 1 << (row % 64);
        self.len += 1;
        self.change(word / BLOCK, |sum| sum + 1);
    }

    /// Takes out a row that is in it.
    pub(super) fn remove(&mut self, row: u32) {
        let word = row as usize / 64;
        self.words[word] &= !(1 << (row % 64));
        self.len -= 1;
        self.change(word / BLOCK, |sum| sum - 1);
    }

    /// Row number `rank`, from 0.
    pub(super) fn get(&self, rank: usize) -> Option<u32> {
        let mut left = u32::try_from(rank).ok().filter(|_| rank < self.len)?;
        let mut block = 0;
        let mut step = self.sums.len().next_power_of_two();
        while step > 0 {
            if let Some(sum) = self.sums.get(block + step - 1).filter(|sum| **sum <= left) {
                left -= sum;
                block += step;
            }
            step /= 2;
        }
        let first = block * BLOCK;
        for (at, word) in self.words[first..].iter().enumerate() {
            if left < word.count_ones() {
                // Dropping the lowest bits one by one leaves the wanted one lowest.
                let rest = (0..left).fold(*word, |word, _| word & (word - 1));
                return u32::try_from((first + at) * 64).ok().map(|row| row + rest.trailing_zeros());
            }
            left -= word.count_ones();
        }
        None
    }

    fn before(&self, blocks: usize) -> u32 {
        let mut at = blocks;
        let mut sum = 0;
        while at > 0 {
            sum += self.sums[at - 1];
            at &= at - 1;
        }
        sum
    }

    fn change(&mut self, block: usize, by: impl Fn(u32) -> u32) {
        let mut at = block + 1;
        while at <= self.sums.len() {
            self.sums[at - 1] = by(self.sums[at - 1]);
            at += at & at.wrapping_neg();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_rank_after_any_changes() {
        let mut ranked = Ranked::default();
        let mut model = std::collections::BTreeSet::new();
        // A fixed walk over rows far and near, in and out.
        let mut z = 1_u32;
        for _ in 0..20_000 {
            z = z.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let row = (z >> 8) % 40_000;
            if model.insert(row) {
                ranked.insert(row);
            } else {
                model.remove(&row);
                ranked.remove(row);
            }
        }
        assert_eq!(ranked.len(), model.len());
        for (rank, row) in model.iter().enumerate().step_by(97) {
            assert_eq!(ranked.get(rank), Some(*row));
        }
        assert_eq!((ranked.get(model.len()), Ranked::default().get(0)), (None, None));
    }
}
