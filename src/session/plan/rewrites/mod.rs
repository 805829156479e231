//! Rewrites of a plan: each makes a run cheaper without changing what it computes (but for
//! subnormal numbers that were fed, see `uniform.rs`), and can be switched off.
//!
//! A rewrite is one file and one row of the table [`Rewrite`].

mod common;
mod fold;
mod fuse;
mod groups;
mod products;
mod uniform;
mod views;

use crate::types::Result;

use super::program::Program;
use super::verify::expect_rules;

pub(super) use groups::{Group, Groups};

/// What a rewrite does.
#[derive(Clone, Copy)]
enum Pass {
    /// Changes the values and tasks of a program.
    Tasks(fn(&mut Program)),
    /// Makes groups of tasks or changes those that there are. It asks which rewrites are on, as it
    /// has work to do without any.
    Groups(fn(&Program, &mut Groups, Rewrites)),
    /// It is part of what the next row does, which asks whether it is on.
    PartOfNext,
}

/// The table of rewrites: documentation, name and pass of each, in the order in which they are
/// done.
macro_rules! rewrites {
    ($($(#[$doc:meta])* $rewrite:ident $name:literal $pass:expr;)*) => {
        /// A rewrite that makes runs cheaper without changing what they compute.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rewrite {
            $($(#[$doc])* $rewrite,)*
        }

        impl Rewrite {
            /// All of them, in the order in which they are done.
            pub const ALL: [Rewrite; [$($name),*].len()] = [$(Rewrite::$rewrite),*];

            /// Its name in the environment variable `TF1_REWRITES`:
            #[doc = concat!($("`", $name, "` "),*)]
            pub fn name(self) -> &'static str {
                match self {
                    $(Rewrite::$rewrite => $name,)*
                }
            }

            fn pass(self) -> Pass {
                match self {
                    $(Rewrite::$rewrite => $pass,)*
                }
            }
        }
    };
}

rewrites! {
    // First, as the others ask for constants: whether something is a view depends on axes, lengths
    // and permutations.
    /// What depends on constants alone is computed while planning.
    FoldConstants "fold" Pass::Tasks(fold::fold_constants);

    // Before the next two: an array that is one number repeated is a view of the number, and what
    // only passes its input on would hide that two tasks read the same.
    /// Transposes, reshapes, slices and the like cost nothing: their readers read the operand with
    /// other strides.
    Views "views" Pass::Tasks(views::make_views);

    // Before equal tasks are looked for, as it leaves new constants and fewer tasks.
    /// Arithmetic on an array that repeats one number, as gradients begin with, is done once, on
    /// that number, and factors of 1 are left out. (A subnormal number that was fed then stays what
    /// it is, where the product would be zero.)
    FoldUniform "uniform" Pass::Tasks(uniform::fold_uniform);

    // Last of those that change tasks: groups are made of the tasks that are left.
    /// What is computed twice from the same values is computed once.
    ShareCommon "common" Pass::Tasks(common::share_common);

    /// Chains of element-wise ops, with the reduction that ends them, run as one pass over memory.
    FuseElementwise "elementwise" Pass::PartOfNext;

    // In one go with the chains: nothing may join a chain any more that an update has joined.
    /// An optimizer's update joins the chain that makes its gradient.
    FuseUpdates "updates" Pass::Groups(fuse::fuse);

    // After the chains, one of which takes the product in.
    /// A chain that begins with a matrix product, a convolution or a pooling works on its parts
    /// while they are in cache.
    FuseProducts "products" Pass::Groups(products::take_in_products);
}

/// Which rewrites are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::session) struct Rewrites(u32);

impl Rewrites {
    pub(in crate::session) fn with(self, rewrite: Rewrite) -> Self {
        Rewrites(self.0 | 1 << rewrite as u32)
    }

    pub(in crate::session) fn without(self, rewrite: Rewrite) -> Self {
        Rewrites(self.0 & !(1 << rewrite as u32))
    }

    pub(in crate::session) fn has(self, rewrite: Rewrite) -> bool {
        self.with(rewrite) == self
    }
}

/// Does the rewrites that leave the tasks single, those that are on, and takes out what nobody
/// reads.
///
/// # Errors
/// `Internal` in debug builds, if one breaks a rule of programs.
pub(super) fn rewrite_tasks(program: &mut Program, on: Rewrites) -> Result<()> {
    expect_rules("lowering", || program.verify())?;
    for rewrite in Rewrite::ALL {
        if let Pass::Tasks(pass) = rewrite.pass()
            && on.has(rewrite)
        {
            pass(program);
            let stage = format_args!("the rewrite `{}`", rewrite.name());
            expect_rules(stage, || program.verify())?;
        }
    }
    program.remove_unread();
    expect_rules("what nobody reads was removed", || program.verify())
}

/// Makes groups of tasks, as the rewrites that are on say.
///
/// # Errors
/// `Internal` in debug builds, if one breaks a rule of groups.
pub(super) fn form_groups(program: &Program, on: Rewrites) -> Result<Groups> {
    let mut groups = Groups::none(program);
    for rewrite in Rewrite::ALL {
        if let Pass::Groups(pass) = rewrite.pass() {
            pass(program, &mut groups, on);
            let stage = format_args!("the rewrite `{}`", rewrite.name());
            expect_rules(stage, || groups.verify(program))?;
        }
    }
    Ok(groups)
}
