//! How much memory there is for this process.

use std::sync::OnceLock;

/// The smaller of the machine's memory and what the control groups of this process may use, in
/// bytes, as they were when first asked for. On systems other than Linux none is known, and this is
/// larger than anything.
#[cfg_attr(
    not(target_os = "linux"),
    allow(clippy::missing_const_for_fn, reason = "on Linux it cannot be const")
)]
pub(crate) fn machine_limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        #[cfg(all(target_os = "linux", not(miri)))]
        return linux::limit();
        #[cfg(not(all(target_os = "linux", not(miri))))]
        usize::MAX
    })
}

#[cfg(target_os = "linux")]
#[cfg_attr(miri, allow(dead_code, reason = "Miri sees no files"))]
mod linux {
    use std::fs;
    use std::path::Path;

    pub(super) fn limit() -> usize {
        let read = |path: &Path| fs::read_to_string(path).ok();
        let total = read(Path::new("/proc/meminfo")).and_then(|text| total(&text));
        let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
        let files = limit_files(&groups);
        let limits = files
            .iter()
            .filter_map(|file| read(Path::new(file))?.trim().parse().ok());
        limits.chain(total).min().unwrap_or(usize::MAX)
    }

    /// What `/proc/meminfo` says of all memory.
    fn total(text: &str) -> Option<usize> {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kilobytes.checked_mul(1024)
    }

    /// The files that may hold a limit: of each control group of this process that
    /// `/proc/self/cgroup` names, and of those around it. In a container the names may be those of
    /// the host, where only the outermost folder is there to be read. A file that holds a word
    /// (`max`) sets no limit.
    fn limit_files(groups: &str) -> Vec<String> {
        let mut files = Vec::new();
        for line in groups.lines() {
            // hierarchy:controllers:path
            let mut fields = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
                continue;
            };
            let (root, file) = match controllers {
                "" => ("/sys/fs/cgroup", "memory.max"),
                _ if controllers.split(',').any(|name| name == "memory") => {
                    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
                }
                _ => continue,
            };
            let mut path = path.trim_end_matches('/');
            loop {
                files.push(format!("{root}{path}/{file}"));
                match path.rfind('/') {
                    Some(end) => path = &path[..end],
                    None => break,
                }
            }
        }
        files
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_limits_of_all_groups_around_the_process_are_looked_for() {
            let v2 = limit_files("0::/user.slice/tf1.scope\n");
            let expected = ["/user.slice/tf1.scope", "/user.slice", ""];
            let expected = expected.map(|path| format!("/sys/fs/cgroup{path}/memory.max"));
            assert_eq!(v2, expected);
            let v1 = limit_files("5:cpu,cpuacct:/a\n4:hugetlb,memory:/docker/12\n");
            let expected = ["/docker/12", "/docker", ""];
            let expected =
                expected.map(|path| format!("/sys/fs/cgroup/memory{path}/memory.limit_in_bytes"));
            assert_eq!(v1, expected);
            assert_eq!(limit_files("0::/\n"), ["/sys/fs/cgroup/memory.max"]);
            assert_eq!(limit_files("nonsense"), [] as [String; 0]);
        }

        #[test]
        fn all_memory_is_told_in_kilobytes() {
            let text = "MemFree:  17 kB\nMemTotal:       16316412 kB\n";
            assert_eq!(total(text), Some(16_316_412 << 10));
            assert_eq!(total("MemTotal: many"), None);
        }

        #[test]
        fn this_machine_has_some_memory_but_not_all_that_can_be_addressed() {
            let limit = limit();
            assert!((1 << 20..1 << 50).contains(&limit), "{limit}");
        }
    }
}
