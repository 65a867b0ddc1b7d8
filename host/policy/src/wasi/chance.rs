//! `wasi:random`: numbers that look like chance and follow from what the policy is asked. Nobody may take them for secrets.

use sha2::{Digest, Sha256};
use wasmtime::Result;
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use super::{Ended, Sealed};
use crate::limits::RANDOM_BYTES;

const BLOCK: usize = size_of::<Seed>();

/// What all numbers of one guest follow from.
pub(crate) type Seed = [u8; 32];

/// SHA-256 of a seed and a counter, block after block.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    seed: Seed,
    drawn: u64,
}

impl Chance {
    pub(super) fn of(seed: Seed) -> Self {
        Self { seed, drawn: 0 }
    }

    fn block(&mut self) -> [u8; BLOCK] {
        self.drawn += 1;
        Sha256::new_with_prefix(self.seed).chain_update(self.drawn.to_le_bytes()).finalize().into()
    }

    fn number(&mut self) -> u64 {
        u64::from_le_bytes(*self.block().first_chunk().expect("a block is longer than a number"))
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length.next_multiple_of(BLOCK));
        while bytes.len() < length {
            bytes.extend(self.block());
        }
        bytes.truncate(length);
        bytes
    }
}

impl Sealed {
    fn random_bytes(&mut self, length: u64) -> Result<Vec<u8>> {
        let length = usize::try_from(length).ok().filter(|length| *length <= RANDOM_BYTES);
        Ok(self.moment.chance.bytes(length.ok_or(Ended::TooMuch(RANDOM_BYTES, "wasi:random"))?))
    }
}

impl random::Host for Sealed {
    fn get_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_random_u64(&mut self) -> Result<u64> {
        Ok(self.moment.chance.number())
    }
}

impl insecure::Host for Sealed {
    fn get_insecure_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> Result<u64> {
        Ok(self.moment.chance.number())
    }
}

impl insecure_seed::Host for Sealed {
    fn insecure_seed(&mut self) -> Result<(u64, u64)> {
        Ok((self.moment.chance.number(), self.moment.chance.number()))
    }
}
