//! Ops of a user's own take part in what a plan makes of ops, and what they say wrongly of
//! themselves is not believed.

use std::sync::Arc;

use ndarray::{ArrayD, arr1, arr2};
use tf1::graph_def::Import;
use tf1::op::{
    Attribute, AttributeList, Effect, Elementwise, Fusion, GradientContext, InferContext, Kernel,
    Op, OpDef, TensorInfo, Tile,
};
use tf1::{DType, Graph, Result, Session, SessionOptions, Tensor};

/// What an op answers.
type Answer = fn(Arc<Doubling>) -> Fusion;

/// y = 2x, and what the op says of itself.
#[derive(Debug)]
struct Doubling {
    answer: Answer,
    outputs: usize,
    effect: Effect,
}

impl Elementwise for Doubling {
    fn tile(&self, tile: &mut Tile<'_>) {
        tile.map(|x: f32| 2.0 * x);
    }
}

impl Op for Doubling {
    fn op_type(&self) -> &'static str {
        "Doubling"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![
            TensorInfo::new(DType::Float32, cx.shape(0));
            self.outputs
        ])
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<f32>(0);
        for output in 0..self.outputs {
            let mut y = cx.outputs.alloc::<f32>(output, x.shape())?;
            y.assign(&(&x * 2.0));
        }
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        (self.answer)(self)
    }
}

/// The exponentials of two columns doubled by an op that gives this answer: the last output's, of
/// `outputs`, whose effect is this.
fn run(
    answer: Answer,
    outputs: usize,
    effect: Effect,
    options: SessionOptions,
) -> (Vec<f32>, String) {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2, 1]);
    let row = graph.placeholder::<f32>("row", [1, 2]);
    let op = Doubling {
        answer,
        outputs,
        effect,
    };
    let doubled = graph.add_op(op, &[x.any(), row.any()]);
    let y: Tensor = tf1::exp(doubled.output::<f32>(outputs - 1));
    let (column, row_value) = (arr2(&[[1.0f32], [2.0]]), arr2(&[[0.0f32, 0.0]]));
    let feeds = || [x.feed(&column), row.feed(&row_value)];
    let session = Session::with_options(&graph, options).unwrap();
    let values = session.run(&y, feeds()).unwrap();
    (
        values.iter().copied().collect(),
        session.explain(&y, feeds()).unwrap(),
    )
}

#[test]
fn answers_that_do_not_fit_count_for_nothing() {
    // Broadcast, the inputs have another shape than the output.
    let elementwise: Answer = |op| Fusion::Elementwise(op);
    let wrong: [(Answer, usize, Effect); 6] = [
        (elementwise, 1, Effect::Pure),
        (elementwise, 2, Effect::Pure),
        (|_| Fusion::Identity, 1, Effect::Pure),
        (|_| Fusion::Identity, 2, Effect::Pure),
        (|_| Fusion::View { of: 7 }, 1, Effect::Pure),
        (|_| Fusion::Identity, 1, Effect::Stateful),
    ];
    for (i, (answer, outputs, effect)) in wrong.into_iter().enumerate() {
        let (values, plan) = run(answer, outputs, effect, SessionOptions::new());
        let expected = [2.0f32, 4.0].map(f32::exp);
        let is_near = |(x, y): (&f32, &f32)| (x - y).abs() <= 1e-6 * y;
        assert!(
            values.iter().zip(&expected).all(is_near),
            "answer {i}: {values:?}\n{plan}"
        );
        assert!(plan.contains("= Doubling("), "answer {i}:\n{plan}");
    }
}

/// Whether x is large, of which the kernel forgets all that is not.
#[derive(Debug)]
struct IsLarge;

impl Elementwise for IsLarge {
    fn tile(&self, tile: &mut Tile<'_>) {
        let large = tile.input::<f32>(0).iter().position(|x| *x > 9.0);
        if let Some(large) = large {
            tile.output::<bool>(0)[large] = true;
        }
    }
}

impl Op for IsLarge {
    fn op_type(&self) -> &'static str {
        "IsLarge"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(DType::Bool, cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0).to_vec();
        cx.compute_each::<bool>(self, &shape)
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

/// Not every byte is a `bool`: what a kernel forgets to set must be one all the same.
#[test]
fn truth_values_that_a_kernel_forgets_are_false() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [3000]);
    let is_large = graph.add_op(IsLarge, &[(&x * 3.0).any()]).output::<bool>(0);
    let y = tf1::where_v2(tf1::logical_not(&is_large), tf1::exp(&x), 7.0);
    let mut fed = ndarray::Array1::<f32>::zeros(3000);
    fed[1500] = 4.0;
    for options in [
        SessionOptions::new(),
        SessionOptions::new().without_rewrites(),
    ] {
        let session = Session::with_options(&graph, options).unwrap();
        for _ in 0..2 {
            let y = session.run(y.array1(), [x.feed(&fed)]).unwrap();
            let expected = |i: usize| if i == 1500 { 7.0 } else { 1.0 };
            assert!(y.iter().enumerate().all(|(i, y)| *y == expected(i)));
        }
    }
}

/// w := w + 3g, element by element.
#[derive(Debug)]
struct AddThrice;

impl Elementwise for AddThrice {
    fn tile(&self, tile: &mut Tile<'_>) {
        let gradient = tile.input::<f32>(0);
        let variable = tile.output::<f32>(0);
        variable
            .iter_mut()
            .zip(gradient)
            .for_each(|(w, g)| *w += 3.0 * g);
    }
}

impl Op for AddThrice {
    fn op_type(&self) -> &'static str {
        "AddThrice"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![
            TensorInfo::new(DType::Float32, cx.shape(0)).as_ref_type(),
        ])
    }

    fn effect(&self) -> Effect {
        Effect::Update {
            refs: 1,
            reads: true,
            checks: false,
        }
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let gradient = cx.inputs.get::<f32>(0);
        let [variable] = cx.variables()?;
        let mut w = variable.view_mut::<f32>()?;
        w += &(&gradient * 3.0);
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

#[test]
fn an_update_of_a_users_own_joins_the_chain_before_it() -> Result<()> {
    let graph = Graph::new();
    let w = graph.variable(arr1(&[1.0f32, 2.0]));
    let x = graph.placeholder::<f32>("x", [2]);
    let gradient = tf1::square(&x) + 1.0;
    let update = graph.add_op(AddThrice, &[w.memory().any(), gradient.any()]);
    let fed = arr1(&[0.0f32, 1.0]);
    for (options, is_fused) in [
        (super::rewrites::all(), true),
        (SessionOptions::new().without_rewrites(), false),
    ] {
        let session = Session::with_options(&graph, options)?;
        session.run(graph.global_variables_initializer(), [])?;
        session.run(&update, [x.feed(&fed)])?;
        let value: ArrayD<f32> = session.run(&w, [])?;
        assert_eq!(value, arr1(&[4.0f32, 8.0]).into_dyn());
        let plan = session.explain(&update, [x.feed(&fed)])?;
        assert_eq!(plan.contains("add + AddThrice"), is_fused, "{plan}");
    }
    Ok(())
}

/// y = factor · x + offset, element by element.
#[derive(Debug)]
struct Line {
    factor: f32,
    offset: f32,
}

const LINE: OpDef = OpDef::smooth(
    "Line(x: float32) -> (y: float32); factor: float; offset: float = 0",
)
.made(|node| {
    Ok(Arc::new(Line {
        factor: node.attribute("factor")?,
        offset: node.attribute("offset")?,
    }))
});

impl Elementwise for Line {
    fn tile(&self, tile: &mut Tile<'_>) {
        let (factor, offset) = (self.factor, self.offset);
        tile.map(move |x: f32| factor * x + offset);
    }
}

impl Op for Line {
    fn op_type(&self) -> &'static str {
        "Line"
    }

    fn definition(&self) -> Option<OpDef> {
        Some(LINE)
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![
            ("factor", Attribute::Float(self.factor)),
            ("offset", Attribute::Float(self.offset)),
        ])
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(DType::Float32, cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0).to_vec();
        cx.compute_each::<f32>(self, &shape)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let slope = Line {
            factor: self.factor,
            offset: 0.0,
        };
        let dx = cx.graph().add_op(slope, &[cx.any_grad(0)]);
        cx.set(0, dx.output::<f32>(0));
        Ok(())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

fn line(x: &Tensor, factor: f32, offset: f32) -> Tensor {
    let line = Line { factor, offset };
    x.graph().add_op(line, &[x.any()]).output::<f32>(0)
}

/// An op with attributes is written and read, shared where the attributes are the same, joined with
/// its neighbours, and differentiated: all by public means.
#[test]
fn an_op_of_a_users_own_has_all_that_others_have() -> Result<()> {
    let built = Graph::new();
    let x = built.placeholder::<f32>("x", [2]);
    let [once, twice] = [(); 2].map(|()| line(&x, 3.0, 1.0));
    let y = (tf1::exp(&once) + tf1::square(&twice) + line(&x, 3.0, 2.0)).named("y");
    tf1::identity(tf1::gradients(&y, &x)).named("dy");

    let read = Graph::new();
    let options = Import::new().name("").op(LINE);
    let imported = tf1::import_graph_def(&read, &built.as_graph_def()?, options)?;
    // Where the row is not known, the op is not either.
    let unknown = tf1::import_graph_def(&Graph::new(), &built.as_graph_def()?, "");
    assert!(unknown.unwrap_err().to_string().contains("Line"));

    let [x, y, dy] = ["x:0", "y:0", "dy:0"].map(|name| imported.tensor::<f32>(name));
    let (x, y, dy) = (x?, y?, dy?);
    let fed = arr1(&[0.0f32, 0.5]);
    let at = |x: f32| 3.0 * x + 1.0;
    let expected = fed.mapv(|x| at(x).exp() + at(x).powi(2) + 3.0 * x + 2.0);
    let slope = fed.mapv(|x| 3.0 * at(x).exp() + 6.0 * at(x) + 3.0);
    let is_near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs();
    for (options, is_joined) in [
        (super::rewrites::all(), true),
        (SessionOptions::new().without_rewrites(), false),
    ] {
        let session = Session::with_options(&read, options)?;
        let (value, change) = session.run((y.array1(), dy.array1()), [x.feed(&fed)])?;
        assert!(value.iter().zip(&expected).all(is_near), "{value}");
        assert!(change.iter().zip(&slope).all(is_near), "{change}");
        // The two that are the same are one, and all is one step.
        let plan = session.explain(&y, [x.feed(&fed)])?;
        let joined = "Line + Exp + Square + add + Line_2 + y";
        assert_eq!(plan.contains(joined), is_joined, "{plan}");
    }
    Ok(())
}
