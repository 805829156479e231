//! The functions in a file's library.

use prost::Message;

use crate::files::messages::graph::{
    ArgDef, AttrValue, FunctionDef, FunctionDefLibrary, Kind, ListValue, NameAttrList,
};
use crate::types::{Error, Map, Result};

use super::inline::{Attributes, Budget};

/// How deep functions may lie in the attributes of functions.
const DEPTH: usize = 16;

/// The functions of a file by their names.
#[derive(Debug, Default)]
pub(super) struct Library {
    functions: Map<String, Function>,
    /// Their names in the file's order.
    names: Vec<String>,
}

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) def: FunctionDef,
    /// How many bytes it takes in the file.
    pub(super) bytes: usize,
    /// The attributes that a call need not give.
    pub(super) defaults: Attributes,
}

impl Library {
    /// # Errors
    /// `DataLoss` if a function is damaged, `InvalidArgument` if two have the same name.
    pub(super) fn decode(library: Option<&FunctionDefLibrary>) -> Result<Self> {
        let (mut functions, mut names) = (Map::default(), Vec::new());
        for bytes in library.iter().flat_map(|library| &library.function) {
            let function = Function::decode(bytes)?;
            let name = function.name().to_string();
            if functions.contains_key(&name) {
                let message = format!("the library holds two functions '{name}'");
                return Err(Error::invalid_argument(message));
            }
            names.push(name.clone());
            functions.insert(name, function);
        }
        Ok(Library { functions, names })
    }

    pub(super) fn find(&self, name: &str) -> Option<&Function> {
        self.functions.get(name)
    }

    pub(super) fn find_named(&self, name: &str) -> Option<(&str, &Function)> {
        let (name, function) = self.functions.get_key_value(name)?;
        Some((name, function))
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

impl Function {
    /// # Errors
    /// `DataLoss` if it is damaged.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let def = FunctionDef::decode(bytes).map_err(|error| {
            Error::data_loss(format!("a function of the library is damaged: {error}"))
        })?;
        let mut defaults = Attributes::new();
        if let Some(signature) = &def.signature {
            let attributes = signature.attr.iter();
            defaults.extend(
                attributes.filter_map(|def| Some((def.name.clone(), def.default_value.clone()?))),
            );
        }
        Ok(Function {
            def,
            bytes: bytes.len(),
            defaults,
        })
    }

    pub(super) fn name(&self) -> &str {
        let signature = self.def.signature.as_ref();
        signature.map_or("", |signature| &signature.name)
    }

    pub(super) fn inputs(&self) -> &[ArgDef] {
        let signature = self.def.signature.as_ref();
        signature.map_or(&[], |signature| &signature.input_arg)
    }

    pub(super) fn outputs(&self) -> &[ArgDef] {
        let signature = self.def.signature.as_ref();
        signature.map_or(&[], |signature| &signature.output_arg)
    }
}

impl ArgDef {
    /// The attribute that says how many tensors it stands for, if it need not be one.
    pub(super) fn counter(&self) -> Option<&str> {
        let names = [&self.type_list_attr, &self.number_attr];
        let mut names = names.into_iter().filter(|name| !name.is_empty());
        names.next().map(String::as_str)
    }
}

/// How many tensors this says: a number, or a list of their types.
pub(super) fn count(value: &AttrValue) -> Option<usize> {
    match &value.value {
        Some(Kind::I(count)) => usize::try_from(*count).ok(),
        Some(Kind::List(ListValue { r#type, .. })) => Some(r#type.len()),
        _ => None,
    }
}

/// The function that an attribute is.
///
/// # Errors
/// `DataLoss` if it is damaged.
pub(super) fn decode_reference(bytes: &[u8]) -> Result<NameAttrList> {
    NameAttrList::decode(bytes)
        .map_err(|error| Error::data_loss(format!("an attribute is a damaged function: {error}")))
}

/// The value with what `given` says in the place of what names it; `None` if nothing does.
///
/// # Errors
/// `InvalidArgument` if `given` does not say it, `ResourceExhausted` if the budget does not
/// suffice.
pub(super) fn substitute(
    value: &AttrValue,
    given: &Attributes,
    budget: &mut Budget,
) -> Result<Option<AttrValue>> {
    substitute_in(value, given, budget, DEPTH)
}

fn substitute_in(
    value: &AttrValue,
    given: &Attributes,
    budget: &mut Budget,
    depth: usize,
) -> Result<Option<AttrValue>> {
    let bytes = match &value.value {
        Some(Kind::Placeholder(name)) => {
            let given = given.get(name).ok_or_else(|| {
                Error::invalid_argument(format!("the call does not give the attr '{name}'"))
            })?;
            budget.spend(given.encoded_len())?;
            return Ok(Some(given.clone()));
        }
        Some(Kind::Func(bytes)) => bytes,
        _ => return Ok(None),
    };
    let left = depth
        .checked_sub(1)
        .ok_or_else(|| Error::invalid_argument("functions lie in each other too deep"))?;
    let mut function = decode_reference(bytes)?;
    let mut is_same = true;
    for value in function.attr.values_mut() {
        if let Some(new) = substitute_in(value, given, budget, left)? {
            *value = new;
            is_same = false;
        }
    }
    Ok((!is_same).then(|| AttrValue {
        value: Some(Kind::Func(function.encode_to_vec())),
    }))
}
