//! [`Workspaces`]: the memory that the runs of a session take turns in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kernels::memory::Frame;
use crate::types::{Result, Value};

use super::account::{Account, Reservation};
use super::plan::Plan;

/// After how many runs a session looks which memory has been of no use since it last looked.
const PERIOD: usize = 1024;

/// Blocks of no more bytes than this are never too large.
const SMALL: usize = 1 << 20;

/// The memory of a run. It serves any plan, one after the other.
pub(super) struct Workspace {
    pub(super) frame: Frame,
    /// The variables' values that the run holds on to.
    pub(super) holds: Vec<Option<Value<'static>>>,
    /// The most bytes that a run has needed since the session last looked.
    needed: usize,
    /// Counts the frame's memory.
    kept: Option<Reservation>,
    /// Whether a run has used it since then.
    is_used: bool,
}

/// The memory that no run uses just now: one workspace for each of the runs that were active at the
/// same time. A workspace that no run has used for a thousand runs is freed, and so is a block that
/// has been more than twice as large as they needed.
#[derive(Default)]
pub(super) struct Workspaces(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    #[expect(clippy::vec_box, reason = "each run takes one and leaves it")]
    workspaces: Vec<Box<Workspace>>,
    /// How many runs have ended since the session last looked.
    runs: usize,
    is_closed: bool,
}

impl Workspaces {
    /// Memory for a run of `plan`: what an earlier run has left, or new.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is not that much memory.
    #[inline]
    pub(super) fn take(&self, plan: &Plan, account: &Arc<Account>) -> Result<Box<Workspace>> {
        let found = self.lock().find(plan);
        let mut workspace = found.unwrap_or_else(|| Box::new(Workspace::new()));
        let left = account.left();
        let lacks_room = left < plan.result_bytes
            || (workspace.frame.bytes() > plan.bytes() && account.is_scarce(left));
        if workspace.frame.bytes() < plan.bytes() || lacks_room {
            self.change(&mut workspace, plan, account, lacks_room)?;
        }
        workspace.frame.prepare(&plan.bases)?;
        if workspace.holds.len() != plan.holds {
            workspace.holds.resize(plan.holds, None);
        }
        workspace.needed = workspace.needed.max(plan.bytes());
        workspace.is_used = true;
        Ok(workspace)
    }

    /// Lets go of a block that does not suit a plan, counts the memory of another, and, if there is
    /// no room, lets go of what no run uses.
    #[cold]
    fn change(
        &self,
        workspace: &mut Workspace,
        plan: &Plan,
        account: &Arc<Account>,
        lacks_room: bool,
    ) -> Result<()> {
        workspace.let_go();
        if lacks_room {
            self.clear();
        }
        let kept = account.keep(plan.bytes()).or_else(|_| {
            self.clear();
            account.keep(plan.bytes())
        });
        workspace.kept = Some(kept?);
        Ok(())
    }

    fn clear(&self) {
        let unused = std::mem::take(&mut self.lock().workspaces);
        // Nobody waits for this.
        drop(unused);
    }

    /// Leaves the memory of a run to the next.
    #[inline]
    pub(super) fn leave(&self, mut workspace: Box<Workspace>) {
        if !workspace.holds.is_empty() {
            workspace.holds.fill(None);
        }
        let mut idle = self.lock();
        if idle.is_closed {
            return;
        }
        idle.workspaces.push(workspace);
        idle.runs += 1;
        if idle.runs >= PERIOD {
            idle.let_go();
        }
    }

    /// Lets go of everything, now and when the runs have ended that go on.
    pub(super) fn close(&self) {
        let mut idle = self.lock();
        idle.is_closed = true;
        idle.workspaces.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Workspace {
    fn new() -> Workspace {
        Workspace {
            frame: Frame::empty(),
            holds: Vec::new(),
            needed: 0,
            kept: None,
            is_used: false,
        }
    }

    /// Lets go of the block.
    fn let_go(&mut self) {
        self.frame.drop_block();
        self.kept = None;
    }
}

impl Idle {
    /// The memory that suits a plan best, if there is any: what it used before, or else the
    /// smallest block that is large enough, or else the largest.
    #[inline]
    fn find(&mut self, plan: &Plan) -> Option<Box<Workspace>> {
        match self.workspaces.last() {
            Some(last) if last.frame.is_of(&plan.bases) => self.workspaces.pop(),
            Some(_) => self.search(plan),
            None => None,
        }
    }

    fn search(&mut self, plan: &Plan) -> Option<Box<Workspace>> {
        let fit = |workspace: &Workspace| {
            let bytes = workspace.frame.bytes();
            let is_large_enough = bytes >= plan.bytes();
            let room = if is_large_enough {
                usize::MAX - bytes
            } else {
                bytes
            };
            (workspace.frame.is_of(&plan.bases), is_large_enough, room)
        };
        let numbered = self.workspaces.iter().enumerate();
        let (best, _) = numbered.max_by_key(|(_, workspace)| fit(workspace))?;
        Some(self.workspaces.swap_remove(best))
    }

    /// Lets go of what has been of no use since it was last called.
    #[cold]
    fn let_go(&mut self) {
        self.runs = 0;
        self.workspaces.retain(|workspace| workspace.is_used);
        for workspace in &mut self.workspaces {
            let bytes = workspace.frame.bytes();
            if bytes > SMALL && bytes / 2 > workspace.needed {
                workspace.let_go();
            }
            (workspace.needed, workspace.is_used) = (0, false);
        }
    }
}
