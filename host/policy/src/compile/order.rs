//! What the two processes say to each other: one order, then the component; one word, then the artefact or the reason.

use std::io::{self, Read, Write};

use crate::limits;

/// What one compilation may use, from the tenant's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileBounds {
    /// Address space of the child, in MiB.
    pub memory_mib: u32,
    /// Processor time, in seconds.
    pub cpu_s: u32,
    /// Time until the child is killed, in seconds.
    pub wall_s: u32,
    /// Length of the component, in bytes.
    pub module_bytes: u32,
}

impl CompileBounds {
    /// What a component of `length` bytes may use, where one may have `module_bytes` of them. Real code takes time in
    /// proportion to its length; what takes much longer than that is made to.
    pub fn of(length: usize, module_bytes: u32) -> Self {
        let mib = u32::try_from(length.div_ceil(1024 * 1024)).unwrap_or(u32::MAX);
        let more = |base: u32, per_mib: u32| base.saturating_add(mib.saturating_mul(per_mib));
        Self {
            memory_mib: more(limits::COMPILE_MEMORY_MIB, limits::COMPILE_MEMORY_MIB_PER_MIB),
            cpu_s: more(limits::COMPILE_CPU_S, limits::COMPILE_CPU_S_PER_MIB),
            wall_s: more(limits::COMPILE_WALL_S, limits::COMPILE_WALL_S_PER_MIB),
            module_bytes,
        }
    }
}

/// What the child is told before the component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) memory_mib: u32,
    pub(super) cpu_s: u32,
    /// How many bytes follow.
    pub(super) length: u32,
}

impl Order {
    pub(super) fn write(self, to: &mut impl Write) -> io::Result<()> {
        [self.memory_mib, self.cpu_s, self.length].iter().try_for_each(|word| to.write_all(&word.to_le_bytes()))
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut word = || {
            let mut bytes = [0; 4];
            from.read_exact(&mut bytes).map(|()| u32::from_le_bytes(bytes))
        };
        Ok(Self { memory_mib: word()?, cpu_s: word()?, length: word()? })
    }
}

/// How it went: the first byte of the child's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The artefact follows.
    Compiled,
    /// The component is not valid here; the reason follows.
    Invalid,
    /// The component has too much of something; the reason follows.
    TooMuch,
    /// The child could not confine itself, and did not look; the reason follows.
    Unconfined,
}

impl Outcome {
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Compiled => b'C',
            Self::Invalid => b'I',
            Self::TooMuch => b'T',
            Self::Unconfined => b'U',
        }
    }

    pub(super) fn of(byte: u8) -> Option<Self> {
        [Self::Compiled, Self::Invalid, Self::TooMuch, Self::Unconfined].into_iter().find(|it| it.byte() == byte)
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Outcome};

    #[test]
    fn what_is_written_is_read() {
        let order = Order { memory_mib: 1, cpu_s: 2, length: u32::MAX };
        let mut bytes = Vec::new();
        order.write(&mut bytes).expect("written");
        assert_eq!(Order::read(&mut bytes.as_slice()).expect("read"), order);
        assert!(Order::read(&mut &bytes[1..]).is_err(), "cut off");
        assert_eq!(Outcome::of(Outcome::TooMuch.byte()), Some(Outcome::TooMuch));
        assert_eq!(Outcome::of(0), None);
    }
}
