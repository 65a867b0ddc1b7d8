//! What the compiling process takes from itself before it looks at a byte of its input: memory, processor time, files,
//! network, other programs.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use crate::limits::COMPILE_NICE;

/// Calls that compiling needs: memory, clocks, waiting for itself, reading and writing what is open, the end.
const NEEDED: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_read,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_tgkill,
    libc::SYS_write,
    libc::SYS_writev,
];

/// From here on this process has no more than that, and nothing gives it back.
pub(super) fn confine(memory_mib: u32, cpu_s: u32) -> Result<(), String> {
    let limit = |resource, most: u64| {
        let most = Some(most);
        setrlimit(resource, Rlimit { current: most, maximum: most }).map_err(|e| format!("{resource:?}: {e}"))
    };
    // Whoever calls goes first (a system that does not let us step back is no reason not to compile).
    let _ = rustix::process::nice(COMPILE_NICE);
    close_inherited().map_err(|e| format!("descriptors: {e}"))?;
    limit(Resource::As, u64::from(memory_mib) * 1024 * 1024)?;
    limit(Resource::Cpu, u64::from(cpu_s))?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nofile, 0)?;
    limit(Resource::Nproc, 0)?;
    let filter = filter().map_err(|e| format!("seccomp: {e}"))?;
    seccompiler::apply_filter(&filter).map_err(|e| format!("seccomp: {e}"))
}

/// Closes all but standard input, output and error: our own descriptors are closed by the start of another program, but
/// not those that we were started with ourselves.
#[expect(unsafe_code, reason = "the standard library closes no range")]
fn close_inherited() -> std::io::Result<()> {
    // SAFETY: this process has just begun and owns no descriptor but the first three.
    match unsafe { libc::close_range(3, libc::c_uint::MAX, 0) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Whatever is not needed fails as not permitted: opening a file, a socket, a program, a thread.
fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let needed: BTreeMap<i64, Vec<seccompiler::SeccompRule>> = NEEDED.iter().map(|call| (*call, Vec::new())).collect();
    let arch = if cfg!(target_arch = "aarch64") { TargetArch::aarch64 } else { TargetArch::x86_64 };
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(needed, refused, SeccompAction::Allow, arch)?.try_into()
}
