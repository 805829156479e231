//! An op that calls back from the method that it is told, and what it calls.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use ndarray::arr1;
use tf1 as tf;
use tf1::op::{Effect, Fusion, GradientContext, InferContext, Kernel, Op, TensorInfo};
use tf1::{Graph, Operation, Prepared, Session, Tensor, Variable};

/// The method that calls back, and in which kind of run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    Infer,
    InferWhenPlanned,
    Gradient,
    Compute,
    ComputeWhenFolded,
    ComputeWithState,
    NewState,
    /// Of an op that waits for an update: the run writes to copies, or in place if the op cannot
    /// fail.
    ComputeAfterUpdate,
    ComputeAfterUpdateInPlace,
    /// Of an op that updates a variable.
    Update,
    UpdateInPlace,
    Check,
    /// Methods that tell what the op is like.
    Description,
}

impl At {
    pub const ALL: [At; 13] = [
        At::Infer,
        At::InferWhenPlanned,
        At::Gradient,
        At::Compute,
        At::ComputeWhenFolded,
        At::ComputeWithState,
        At::NewState,
        At::ComputeAfterUpdate,
        At::ComputeAfterUpdateInPlace,
        At::Update,
        At::UpdateInPlace,
        At::Check,
        At::Description,
    ];

    fn is_update(self) -> bool {
        matches!(self, At::Update | At::UpdateInPlace | At::Check)
    }

    fn waits_for_update(self) -> bool {
        matches!(self, At::ComputeAfterUpdate | At::ComputeAfterUpdateInPlace)
    }
}

/// What the op calls.
pub type Call = Arc<dyn Fn() + Send + Sync>;

/// The op, which adds 1 to its variable if it updates one, and else passes its input on.
pub struct Probe {
    pub at: At,
    pub call: Call,
    /// Whether it calls at all.
    pub armed: Arc<AtomicBool>,
    pub calls: Arc<AtomicUsize>,
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

impl Probe {
    pub fn new(at: At, call: Call) -> Probe {
        Probe {
            at,
            call,
            armed: Arc::default(),
            calls: Arc::default(),
        }
    }

    fn call_at(&self, places: &[At]) {
        if !places.contains(&self.at) || !self.armed.load(SeqCst) || INSIDE.get() {
            return;
        }
        struct Outside;
        impl Drop for Outside {
            fn drop(&mut self) {
                INSIDE.set(false);
            }
        }
        INSIDE.set(true);
        let _outside = Outside;
        self.calls.fetch_add(1, SeqCst);
        (self.call)();
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({:?})", self.at)
    }
}

impl Op for Probe {
    fn op_type(&self) -> &'static str {
        self.call_at(&[At::Description]);
        "Probe"
    }

    fn infer(&self, cx: &InferContext<'_>) -> tf::Result<Vec<TensorInfo>> {
        self.call_at(&[At::Infer, At::InferWhenPlanned]);
        let info = TensorInfo::new(tf::DType::Float32, cx.shape(0));
        Ok(vec![if self.at.is_update() {
            info.as_ref_type()
        } else {
            info
        }])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> tf::Result<()> {
        self.call_at(&[
            At::Compute,
            At::ComputeWhenFolded,
            At::ComputeWithState,
            At::ComputeAfterUpdate,
            At::ComputeAfterUpdateInPlace,
            At::Update,
            At::UpdateInPlace,
        ]);
        if self.at.is_update() {
            cx.refs[0].view_mut::<f32>()?.mapv_inplace(|x| x + 1.0);
        } else {
            let x = cx.inputs.get::<f32>(0).to_owned();
            cx.outputs.set(0, x);
        }
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> tf::Result<()> {
        self.call_at(&[At::Gradient]);
        cx.pass_through(0, 0);
        Ok(())
    }

    fn effect(&self) -> Effect {
        self.call_at(&[At::Description]);
        match self.at {
            At::ComputeWithState | At::NewState => Effect::Stateful,
            at if at.is_update() => Effect::Update {
                refs: 1,
                reads: true,
                checks: at == At::Check,
            },
            _ => Effect::Pure,
        }
    }

    fn check(&self, _: &InferContext<'_>) -> tf::Result<()> {
        self.call_at(&[At::Check]);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        self.call_at(&[At::Description]);
        !matches!(
            self.at,
            At::UpdateInPlace | At::Check | At::ComputeAfterUpdateInPlace
        )
    }

    fn new_state(&self) -> Option<Box<dyn Any + Send>> {
        self.call_at(&[At::NewState]);
        Some(Box::new(()))
    }

    fn must_be_fed(&self) -> Option<String> {
        self.call_at(&[At::Description]);
        None
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        self.call_at(&[At::Description]);
        Fusion::None
    }
}

/// A graph with a variable of `[1, 2]`, and a session on it.
pub struct World {
    pub graph: Graph,
    pub x: Tensor,
    pub v: Variable<f32>,
    pub update: Operation,
    pub read: Tensor,
    pub prepared: Prepared<Tensor>,
    pub session: Session,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl World {
    pub fn new() -> World {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", tf::shape![?]);
        let v = graph.variable([1.0f32, 2.0]);
        let update = v.assign_add([1.0f32, 1.0]).op();
        let read = v.value() + 0.0;
        let session = Session::new(&graph).expect("the graph is right");
        let initialize = graph.global_variables_initializer();
        session.run(&initialize, []).expect("it is initialized");
        let prepared = session.prepare(v.value() * 2.0, ());
        World {
            prepared: prepared.expect("it can be prepared"),
            graph,
            x,
            v,
            update,
            read,
            session,
        }
    }

    /// Adds an op to the graph and runs it. Its `armed` flag is set for the part that it is to call
    /// in.
    pub fn run_probe(&self, probe: Probe) -> tf::Result<()> {
        let (at, armed) = (probe.at, Arc::clone(&probe.armed));
        armed.store(matches!(at, At::Infer | At::Description), SeqCst);
        let constant = self.graph.constant([5.0f32, 6.0]);
        let input = if at == At::ComputeWhenFolded {
            constant.any()
        } else {
            self.x.any()
        };
        let add = || {
            let inputs = if at.is_update() {
                vec![self.v.memory().any(), input.clone()]
            } else {
                vec![input.clone()]
            };
            self.graph.add_op(probe, &inputs)
        };
        let op = if at.waits_for_update() {
            self.graph
                .control_dependencies([&self.v.assign_add([1.0f32, 1.0])], add)
        } else {
            add()
        };
        armed.store(at != At::Infer, SeqCst);
        let y = op.output::<f32>(0);
        let fetch = if at == At::Gradient {
            tf::gradients(&y, &self.x)
        } else {
            y
        };
        let value = self.session.run(&fetch, [self.x.feed(arr1(&[3.0, 4.0]))])?;
        assert_eq!(value.len(), 2);
        armed.store(false, SeqCst);
        Ok(())
    }
}

/// Runs `work` in a thread of its own, and fails if it hangs.
pub fn within_time(what: &str, work: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    match wait.recv_timeout(Duration::from_secs(30)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what}: hangs"),
        _ => assert!(worker.join().is_ok(), "{what}: see above"),
    }
}

pub fn expect_failed_precondition(error: &tf::Error) {
    assert!(matches!(error, tf::Error::FailedPrecondition(_)), "{error}");
}
