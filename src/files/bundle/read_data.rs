//! Reading the elements of tensors, straight into their memory, by several threads if they are
//! many.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, available_parallelism};

use super::elements::{self, PART};
use super::entry::{Entry, damaged};
use super::texts::read_texts;
use super::{data_path, index_path};
use crate::files::crc::masked;
use crate::files::elements::Part;
use crate::types::{AnyArray, DType, Error, Result, Shape, Value, memory};

/// More threads than these would wait for the memory.
const MOST_THREADS: usize = 8;

/// A tensor to be read.
pub(super) struct Wanted<'e> {
    pub(super) name: &'e str,
    pub(super) dtype: DType,
    pub(super) entry: &'e Entry,
}

/// A bundle's files.
#[derive(Clone, Copy)]
pub(super) struct Files<'p> {
    pub(super) prefix: &'p Path,
    pub(super) shards: i32,
}

impl Files<'_> {
    /// The tensors, in their order. No memory is taken before it is known that the files have as
    /// many bytes as the index says, and none but that of the tensors.
    pub(super) fn read(self, wanted: &[Wanted<'_>]) -> Result<Vec<AnyArray>> {
        self.expect_enough_bytes(wanted)?;
        let mut arrays = Vec::with_capacity(wanted.len());
        for one in wanted {
            let array = match one.dtype {
                DType::String => self.read_texts(one)?,
                _ => Value::zeros(one.dtype, &one.entry.shape).map(AnyArray::from),
            };
            arrays.push(array.map_err(|error| no_memory(one, &error))?);
        }
        let jobs = jobs(wanted, &mut arrays)?;
        let checksums = self.do_jobs(jobs, wanted.len());
        for (one, checksum) in wanted.iter().zip(checksums) {
            let path = data_path(self.prefix, one.entry.shard, self.shards);
            let crc = checksum.map_err(|error| Error::io("reading", &path, &error))?;
            if one.dtype.is_plain() && masked(crc) != one.entry.crc {
                return Err(wrong_checksum(one, &path));
            }
        }
        arrays.iter_mut().try_for_each(elements::to_native_order)?;
        Ok(arrays)
    }

    /// Reads texts, whose lengths only the file tells. The inner error is that there is no memory.
    fn read_texts(self, wanted: &Wanted<'_>) -> Result<Result<AnyArray>> {
        let Entry {
            shard,
            offset,
            size,
            ..
        } = *wanted.entry;
        let path = data_path(self.prefix, shard, self.shards);
        let read = |bytes: &mut Vec<u8>| -> io::Result<()> {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(bytes)
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut bytes = match memory::repeated(size, 0) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error)),
        };
        read(&mut bytes).map_err(|error| Error::io("reading", &path, &error))?;
        match read_texts(&wanted.entry.shape, &bytes) {
            Err(error) => Ok(Err(error)),
            Ok(Some((texts, crc))) if masked(crc) == wanted.entry.crc => Ok(Ok(texts.into())),
            Ok(_) => Err(wrong_checksum(wanted, &path)),
        }
    }

    /// Fails unless the index agrees with itself and with the files' lengths.
    fn expect_enough_bytes(self, wanted: &[Wanted<'_>]) -> Result<()> {
        // The last file that was asked for; tensors of one follow each other.
        let mut known = None;
        for Wanted { name, dtype, entry } in wanted {
            let path = data_path(self.prefix, entry.shard, self.shards);
            let size = elements::size_in_file(*dtype, &entry.shape);
            if dtype.is_plain() && size != Some(entry.size) {
                let shape = Shape::from(&entry.shape[..]);
                let size = entry.size;
                let what = format!("'{name}' has {size} bytes, but is {dtype} of shape {shape}");
                return Err(damaged(&index_path(self.prefix), &what));
            }
            let length = match known {
                Some((shard, length)) if shard == entry.shard => length,
                _ => {
                    let about = fs::metadata(&path);
                    about
                        .map_err(|error| Error::io("reading", &path, &error))?
                        .len()
                }
            };
            known = Some((entry.shard, length));
            let end = entry.offset.checked_add(entry.size);
            if end.is_none_or(|end| end > length) {
                let what = format!("it has {length} bytes, fewer than its index says");
                return Err(damaged(&path, &what));
            }
        }
        Ok(())
    }

    /// Reads all parts. Gives for each of so many tensors the CRC-32C of its bytes, or the first
    /// error.
    fn do_jobs(self, jobs: Vec<Job<'_>>, tensors: usize) -> Vec<io::Result<u32>> {
        let size: usize = jobs.iter().map(|job| job.part.size()).sum();
        let processors = available_parallelism().map_or(1, usize::from);
        let threads = processors.min(MOST_THREADS).min(size / PART);
        let (jobs, done) = (Mutex::new(jobs.into_iter()), Mutex::new(Vec::new()));
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            let mut open = None;
            while let Some(job) = next() {
                let outcome = self.do_job(job, &mut open);
                done.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(outcome);
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                // Where the system gives no more threads, the others do the work.
                if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|outcome| (outcome.tensor, outcome.offset));
        let mut checksums: Vec<io::Result<u32>> = (0..tensors).map(|_| Ok(0)).collect();
        for Done {
            tensor, size, crc, ..
        } in done
        {
            let whole = &mut checksums[tensor];
            match (&whole, crc) {
                (Ok(before), Ok(crc)) => *whole = Ok(crc32c::crc32c_combine(*before, crc, size)),
                (Ok(_), Err(error)) => *whole = Err(error),
                (Err(_), _) => {}
            }
        }
        checksums
    }

    /// Reads one part. `open` is the file that this thread has open, with the number of its shard.
    fn do_job(self, job: Job<'_>, open: &mut Option<(i32, File)>) -> Done {
        let size = job.part.size();
        let read = || -> io::Result<u32> {
            let mut file = match open.take() {
                Some((shard, file)) if shard == job.shard => file,
                _ => File::open(data_path(self.prefix, job.shard, self.shards))?,
            };
            file.seek(SeekFrom::Start(job.offset))?;
            let crc = job.part.read(&mut file)?;
            *open = Some((job.shard, file));
            Ok(crc)
        };
        Done {
            tensor: job.tensor,
            offset: job.offset,
            size,
            crc: read(),
        }
    }
}

/// A part of a tensor to be read.
struct Job<'m> {
    /// The tensor's number.
    tensor: usize,
    shard: i32,
    /// Where the part lies in the file.
    offset: u64,
    part: Part<'m>,
}

/// A part that was read, or not.
struct Done {
    tensor: usize,
    offset: u64,
    size: usize,
    crc: io::Result<u32>,
}

/// The parts of all tensors, in the order in which they lie in the files.
fn jobs<'m>(wanted: &[Wanted<'_>], arrays: &'m mut [AnyArray]) -> Result<Vec<Job<'m>>> {
    let mut jobs = Vec::new();
    for (tensor, (one, array)) in wanted.iter().zip(arrays).enumerate() {
        let mut offset = one.entry.offset;
        for part in elements::parts(array)? {
            let size = part.size() as u64;
            jobs.push(Job {
                tensor,
                shard: one.entry.shard,
                offset,
                part,
            });
            offset += size;
        }
    }
    jobs.sort_by_key(|job| (job.shard, job.offset));
    Ok(jobs)
}

fn wrong_checksum(wanted: &Wanted<'_>, path: &Path) -> Error {
    let what = format!("the checksum of '{}' is wrong", wanted.name);
    damaged(path, &what)
}

fn no_memory(wanted: &Wanted<'_>, error: &Error) -> Error {
    let message = format!("to read '{}', {}", wanted.name, error.message());
    Error::resource_exhausted(message)
        .with_help("restore fewer variables at once, with Saver::variables")
}
