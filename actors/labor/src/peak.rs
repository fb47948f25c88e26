//! The most memory this program has held, as the platform tells it.

/// Peak resident memory in bytes (`VmHWM` of Linux); 0 where the platform does not say.
pub fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    parse(&status).unwrap_or(0)
}

fn parse(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_in_bytes_and_is_0_where_nothing_is_said() {
        assert_eq!(
            parse("VmPeak:\t 9 kB\nVmHWM:\t  1234 kB\n"),
            Some(1234 * 1024)
        );
        assert_eq!(parse("VmHWM: many kB"), None);
        assert_eq!(parse(""), None);
    }
}
