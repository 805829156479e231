use ndarray::arr2;
use tf1 as tf;
#[test]
fn smoke() -> tf::Result<()> {
    let g = tf::Graph::new();
    let x = g.placeholder::<f32>("x", tf::shape![?, 2]);
    let w = g.variable(arr2(&[[1.0f32], [2.0]])).named("w");
    let y = tf::matmul(&x, &w);
    let z = 2.0 * &y + 1.0;
    let d = tf::gradients(&y, &w);
    println!("{y} {z} {d} {w}");
    let v = g.variable(3.0f32);
    let inc = v.assign_add(2.0);
    for o in g.operations() {
        println!("{} {}", o.name(), o.op_type());
    }
    let s = tf::Session::new(&g)?;
    s.run(g.global_variables_initializer(), [])?;
    let b = arr2(&[[3.0f32, 4.0], [5.0, 6.0]]);
    println!("{:?}", s.run((&y, &z, &d, &inc, &v), [x.feed(&b)])?);
    println!("{:?}", s.run(&y, []).unwrap_err().to_string());
    println!("{:?}", s.run(&v, [])?);
    let _bad = tf::matmul(&x, &x) + tf::matmul(&w, &w);
    println!("{}", s.run(&v, []).unwrap_err());
    println!("{:?}", s.run(&v, [])?);
    Ok(())
}
