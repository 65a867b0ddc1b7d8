//! Expressions as they are kept: parsed, checked, and quick to make into Cedar's again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::FromNormalizedStr;
use cedar_policy_core::ast::{
    BinaryOp, Eid, EntityType, EntityUID, Expr, ExprKind, Literal, Name, Pattern, PatternElem, UnaryOp, Var,
};
use nonempty::NonEmpty;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// What is told of prepared settings that this policy did not make.
pub(crate) const BROKEN: &str = "the prepared settings are not this policy's";

/// A Cedar expression. Names of types and functions are numbers: they stand in a list of their own, see [`Names`].
#[derive(Deserialize, Serialize)]
pub(crate) enum Tree<'t> {
    Flag(bool),
    Number(i64),
    Text(&'t str),
    #[serde(borrow)]
    Entity(Uid<'t>),
    Variable(Variable),
    If(Box<[Tree<'t>; 3]>),
    And(Box<[Tree<'t>; 2]>),
    Or(Box<[Tree<'t>; 2]>),
    Unary(Unary, Box<Tree<'t>>),
    Binary(Binary, Box<[Tree<'t>; 2]>),
    Call(u32, Vec<Tree<'t>>),
    Member(Box<Tree<'t>>, &'t str),
    Has(Box<Tree<'t>>, Vec<&'t str>),
    /// A character, or `None` for a star.
    Like(Box<Tree<'t>>, Vec<Option<char>>),
    Is(Box<Tree<'t>>, u32),
    Set(Vec<Tree<'t>>),
    Record(Vec<(&'t str, Tree<'t>)>),
}

/// An entity: the number of its type, and its id.
#[derive(Clone, Copy, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Uid<'t>(pub(crate) u32, pub(crate) &'t str);

#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) enum Variable {
    Principal,
    Action,
    Resource,
    Context,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) enum Unary {
    Not,
    Negate,
    IsEmpty,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) enum Binary {
    Equals,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    In,
    Contains,
    ContainsAll,
    ContainsAny,
    GetTag,
    HasTag,
}

/// The names that trees speak of by number, while they are collected.
#[derive(Default)]
pub(crate) struct Collected {
    names: Vec<String>,
}

impl Collected {
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        let known = self.names.iter().position(|known| known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    pub(crate) fn uid<'t>(&mut self, uid: &'t EntityUID) -> Uid<'t> {
        Uid(self.number(&uid.entity_type().to_string()), uid.eid().as_ref())
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// The names that trees speak of by number, each made the first time that it is needed.
pub(crate) struct Names<'n> {
    texts: &'n [String],
    made: RefCell<Vec<Option<Name>>>,
}

impl<'n> Names<'n> {
    pub(crate) fn new(texts: &'n [String]) -> Self {
        Self { texts, made: RefCell::new(vec![None; texts.len()]) }
    }

    pub(crate) fn get(&self, number: u32) -> Result<Name, &'static str> {
        let at = usize::try_from(number).map_err(|_| BROKEN)?;
        let text = self.texts.get(at).ok_or(BROKEN)?;
        let mut made = self.made.borrow_mut();
        if let Some(name) = &made[at] {
            return Ok(name.clone());
        }
        let name = Name::from_normalized_str(text).map_err(|_| BROKEN)?;
        made[at] = Some(name.clone());
        Ok(name)
    }

    pub(crate) fn uid(&self, uid: Uid<'_>) -> Result<EntityUID, &'static str> {
        Ok(EntityUID::from_components(EntityType::from(self.get(uid.0)?), Eid::new(uid.1), None))
    }
}

impl<'t> Tree<'t> {
    /// The tree of an expression; `None` if it has a part that no static policy has.
    pub(crate) fn of(expr: &'t Expr, names: &mut Collected) -> Option<Self> {
        let mut all = |exprs: &'t [Expr]| exprs.iter().map(|expr| Self::of(expr, names)).collect::<Option<Vec<_>>>();
        Some(match expr.expr_kind() {
            ExprKind::Lit(Literal::Bool(flag)) => Self::Flag(*flag),
            ExprKind::Lit(Literal::Long(number)) => Self::Number(*number),
            ExprKind::Lit(Literal::String(text)) => Self::Text(text),
            ExprKind::Lit(Literal::EntityUID(uid)) => Self::Entity(names.uid(uid)),
            ExprKind::Var(variable) => Self::Variable(Variable::of(*variable)),
            ExprKind::If { test_expr, then_expr, else_expr } => Self::If(Box::new([
                Self::of(test_expr, names)?,
                Self::of(then_expr, names)?,
                Self::of(else_expr, names)?,
            ])),
            ExprKind::And { left, right } => Self::And(Self::two(left, right, names)?),
            ExprKind::Or { left, right } => Self::Or(Self::two(left, right, names)?),
            ExprKind::UnaryApp { op, arg } => Self::Unary(Unary::of(*op), Self::one(arg, names)?),
            ExprKind::BinaryApp { op, arg1, arg2 } => Self::Binary(Binary::of(*op), Self::two(arg1, arg2, names)?),
            ExprKind::ExtensionFunctionApp { fn_name, args } => {
                let args = all(args)?;
                Self::Call(names.number(&fn_name.to_string()), args)
            }
            ExprKind::GetAttr { expr, attr } => Self::Member(Self::one(expr, names)?, attr),
            ExprKind::HasAttr { expr, attr } => Self::Has(Self::one(expr, names)?, vec![attr]),
            ExprKind::ExtHasAttr { expr, attrs } => {
                Self::Has(Self::one(expr, names)?, attrs.iter().map(SmolStr::as_str).collect())
            }
            ExprKind::Like { expr, pattern } => {
                let elements = pattern.iter().map(|element| match element {
                    PatternElem::Char(character) => Some(*character),
                    PatternElem::Wildcard => None,
                });
                Self::Like(Self::one(expr, names)?, elements.collect())
            }
            ExprKind::Is { expr, entity_type } => {
                Self::Is(Self::one(expr, names)?, names.number(&entity_type.to_string()))
            }
            ExprKind::Set(exprs) => Self::Set(all(exprs)?),
            ExprKind::Record(members) => {
                let members = members.iter().map(|(name, expr)| Some((name.as_str(), Self::of(expr, names)?)));
                Self::Record(members.collect::<Option<_>>()?)
            }
            ExprKind::Slot(_) | ExprKind::Unknown(_) => return None,
        })
    }

    fn one(expr: &'t Expr, names: &mut Collected) -> Option<Box<Self>> {
        Self::of(expr, names).map(Box::new)
    }

    fn two(left: &'t Expr, right: &'t Expr, names: &mut Collected) -> Option<Box<[Self; 2]>> {
        Some(Box::new([Self::of(left, names)?, Self::of(right, names)?]))
    }

    /// The expression of a tree.
    pub(crate) fn expr(self, names: &Names<'_>) -> Result<Expr, &'static str> {
        let all = |trees: Vec<Self>| trees.into_iter().map(|tree| tree.expr(names)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Self::Flag(flag) => Expr::val(flag),
            Self::Number(number) => Expr::val(number),
            Self::Text(text) => Expr::val(text),
            Self::Entity(uid) => Expr::val(names.uid(uid)?),
            Self::Variable(variable) => Expr::var(variable.cedar()),
            Self::If(parts) => {
                let [test, then, otherwise] = *parts;
                Expr::ite(test.expr(names)?, then.expr(names)?, otherwise.expr(names)?)
            }
            Self::And(parts) => {
                let [left, right] = *parts;
                Expr::and(left.expr(names)?, right.expr(names)?)
            }
            Self::Or(parts) => {
                let [left, right] = *parts;
                Expr::or(left.expr(names)?, right.expr(names)?)
            }
            Self::Unary(operator, part) => Expr::unary_app(operator.cedar(), part.expr(names)?),
            Self::Binary(operator, parts) => {
                let [left, right] = *parts;
                Expr::binary_app(operator.cedar(), left.expr(names)?, right.expr(names)?)
            }
            Self::Call(function, arguments) => Expr::call_extension_fn(names.get(function)?, all(arguments)?),
            Self::Member(of, name) => Expr::get_attr(of.expr(names)?, name.into()),
            Self::Has(of, path) => match NonEmpty::from_vec(path) {
                Some(path) if path.tail.is_empty() => Expr::has_attr(of.expr(names)?, path.head.into()),
                Some(path) => Expr::extended_has_attr(of.expr(names)?, path.map(Into::into)),
                None => return Err(BROKEN),
            },
            Self::Like(of, elements) => {
                let elements =
                    elements.into_iter().map(|element| element.map_or(PatternElem::Wildcard, PatternElem::Char));
                Expr::like(of.expr(names)?, elements.collect::<Pattern>())
            }
            Self::Is(of, kind) => Expr::is_entity_type(of.expr(names)?, names.get(kind)?.into()),
            Self::Set(items) => Expr::set(all(items)?),
            Self::Record(members) => {
                let members = members.into_iter().map(|(name, tree)| Ok((name.into(), tree.expr(names)?)));
                Expr::record_arc(Arc::new(members.collect::<Result<BTreeMap<_, _>, &'static str>>()?))
            }
        })
    }
}

impl Variable {
    fn of(variable: Var) -> Self {
        match variable {
            Var::Principal => Self::Principal,
            Var::Action => Self::Action,
            Var::Resource => Self::Resource,
            Var::Context => Self::Context,
        }
    }

    fn cedar(self) -> Var {
        match self {
            Self::Principal => Var::Principal,
            Self::Action => Var::Action,
            Self::Resource => Var::Resource,
            Self::Context => Var::Context,
        }
    }
}

impl Unary {
    fn of(operator: UnaryOp) -> Self {
        match operator {
            UnaryOp::Not => Self::Not,
            UnaryOp::Neg => Self::Negate,
            UnaryOp::IsEmpty => Self::IsEmpty,
        }
    }

    fn cedar(self) -> UnaryOp {
        match self {
            Self::Not => UnaryOp::Not,
            Self::Negate => UnaryOp::Neg,
            Self::IsEmpty => UnaryOp::IsEmpty,
        }
    }
}

impl Binary {
    fn of(operator: BinaryOp) -> Self {
        match operator {
            BinaryOp::Eq => Self::Equals,
            BinaryOp::Less => Self::Less,
            BinaryOp::LessEq => Self::LessOrEqual,
            BinaryOp::Add => Self::Add,
            BinaryOp::Sub => Self::Subtract,
            BinaryOp::Mul => Self::Multiply,
            BinaryOp::In => Self::In,
            BinaryOp::Contains => Self::Contains,
            BinaryOp::ContainsAll => Self::ContainsAll,
            BinaryOp::ContainsAny => Self::ContainsAny,
            BinaryOp::GetTag => Self::GetTag,
            BinaryOp::HasTag => Self::HasTag,
        }
    }

    fn cedar(self) -> BinaryOp {
        match self {
            Self::Equals => BinaryOp::Eq,
            Self::Less => BinaryOp::Less,
            Self::LessOrEqual => BinaryOp::LessEq,
            Self::Add => BinaryOp::Add,
            Self::Subtract => BinaryOp::Sub,
            Self::Multiply => BinaryOp::Mul,
            Self::In => BinaryOp::In,
            Self::Contains => BinaryOp::Contains,
            Self::ContainsAll => BinaryOp::ContainsAll,
            Self::ContainsAny => BinaryOp::ContainsAny,
            Self::GetTag => BinaryOp::GetTag,
            Self::HasTag => BinaryOp::HasTag,
        }
    }
}
