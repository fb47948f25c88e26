//! Reads the text of a formula over masks.

use winnow::ascii::{float, multispace0};
use winnow::combinator::{cut_err, opt, preceded};
use winnow::error::{ContextError, ErrMode, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::{literal, take_while};

use crate::AlgebraError;
use crate::mask_formula::{Change, FORMULA_BYTES_MAX, Joint, Length, Node};

/// Deepest nesting of parentheses, so that no text exhausts the stack.
const DEPTH_MAX: usize = 32;
/// Words that cannot be names.
const KEYWORDS: [&str; 4] = ["and", "or", "xor", "not"];

/// Reads a whole formula.
pub(crate) fn read(text: &str) -> Result<Node, AlgebraError> {
    if text.len() > FORMULA_BYTES_MAX {
        let value = format!("{} bytes long", text.len());
        let rule = format!("at most {FORMULA_BYTES_MAX} bytes");
        return Err(AlgebraError::parameter("formula", value, rule));
    }
    let mut depth = 0usize;
    for (place, letter) in text.chars().enumerate() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(AlgebraError::Formula {
                place: place + 1,
                found: letter.to_string(),
                expected: format!("at most {DEPTH_MAX} parentheses in each other"),
            });
        }
    }
    let whole = (any_of, multispace0).map(|(node, _)| node);
    let mut whole = whole;
    whole.parse(text).map_err(|error| {
        let offset = error.offset();
        let rest = text.get(offset..).unwrap_or_default();
        // What was wrong begins after the blanks.
        let blanks = rest.chars().take_while(|letter| letter.is_whitespace());
        let place = text.get(..offset).unwrap_or_default().chars().count() + blanks.count();
        let found: String = rest.trim_start().chars().take(20).collect();
        let expected: Vec<String> = error
            .inner()
            .context()
            .filter_map(|context| match context {
                StrContext::Expected(StrContextValue::Description(words)) => Some((*words).into()),
                _ => None,
            })
            .collect();
        AlgebraError::Formula {
            place: place + 1,
            found: if found.is_empty() {
                "the end".to_owned()
            } else {
                format!("`{found}`")
            },
            expected: match expected.first() {
                Some(first) => first.clone(),
                None => "`and`, `or`, `xor` or the end".to_owned(),
            },
        }
    })
}

fn expected(words: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(words))
}

fn word<'a>(input: &mut &'a str) -> ModalResult<&'a str> {
    let letters = take_while(1.., |letter: char| {
        letter.is_alphanumeric() || letter == '_'
    })
    .verify(|word: &str| !word.starts_with(|letter: char| letter.is_ascii_digit()));
    preceded(multispace0, letters).parse_next(input)
}

fn keyword<'a>(wanted: &'static str) -> impl ModalParser<&'a str, &'a str, ContextError> {
    word.verify(move |word: &str| word == wanted)
}

fn sign<'a>(wanted: &'static str) -> impl ModalParser<&'a str, &'a str, ContextError> {
    preceded(multispace0, literal(wanted))
}

fn joined(
    input: &mut &str,
    name: &'static str,
    joint: Joint,
    part: fn(&mut &str) -> ModalResult<Node>,
) -> ModalResult<Node> {
    let mut left = part(input)?;
    while opt(keyword(name)).parse_next(input)?.is_some() {
        let right = cut_err(part).parse_next(input)?;
        left = Node::Both(joint, Box::new(left), Box::new(right));
    }
    Ok(left)
}

fn any_of(input: &mut &str) -> ModalResult<Node> {
    joined(input, "or", Joint::Or, either_of)
}

fn either_of(input: &mut &str) -> ModalResult<Node> {
    joined(input, "xor", Joint::Xor, all_of)
}

fn all_of(input: &mut &str) -> ModalResult<Node> {
    joined(input, "and", Joint::And, negated)
}

fn negated(input: &mut &str) -> ModalResult<Node> {
    let mut odd = false;
    while opt(keyword("not")).parse_next(input)?.is_some() {
        odd = !odd;
    }
    let node = part(input)?;
    Ok(if odd { Node::Not(Box::new(node)) } else { node })
}

fn part(input: &mut &str) -> ModalResult<Node> {
    if opt(sign("(")).parse_next(input)?.is_some() {
        let node = cut_err(any_of).parse_next(input)?;
        closed(input)?;
        return Ok(node);
    }
    let name = word
        .verify(|word: &str| !KEYWORDS.contains(&word))
        .context(expected("a mask, a comparison or a parenthesis"))
        .parse_next(input)?;
    if opt(sign("(")).parse_next(input)?.is_some() {
        return changed(name, input);
    }
    // The longer signs first.
    for comparison in [">=", "<=", ">", "<"] {
        if opt(sign(comparison)).parse_next(input)?.is_some() {
            let number = number(input)? as f32;
            let name = name.to_owned();
            return Ok(match comparison {
                ">=" => Node::Between(name, number, f32::MAX),
                "<=" => Node::Between(name, f32::MIN, number),
                ">" => Node::Between(name, number.next_up(), f32::MAX),
                _ => Node::Between(name, f32::MIN, number.next_down()),
            });
        }
    }
    Ok(Node::Name(name.to_owned()))
}

fn closed(input: &mut &str) -> ModalResult<()> {
    cut_err(sign(")"))
        .context(expected("`)`, `and`, `or` or `xor`"))
        .void()
        .parse_next(input)
}

/// A finite number that f32 can hold with room beside it.
fn number(input: &mut &str) -> ModalResult<f64> {
    let limit = f64::from(f32::MAX) / 2.0;
    cut_err(preceded(
        multispace0,
        float::<&str, f64, ErrMode<ContextError>>,
    ))
    .verify(move |number: &f64| number.abs() <= limit)
    .context(expected("a number"))
    .parse_next(input)
}

fn changed(name: &str, input: &mut &str) -> ModalResult<Node> {
    let change = match name {
        "dilate" => Change::Dilate,
        "erode" => Change::Erode,
        "open" => Change::Open,
        "close" => Change::Close,
        _ => {
            return cut_err(winnow::combinator::fail)
                .context(expected(
                    "dilate, erode, open or close before a parenthesis",
                ))
                .parse_next(input);
        }
    };
    let node = cut_err(any_of).parse_next(input)?;
    cut_err(sign(","))
        .context(expected("`,` and a length such as 2 mm"))
        .parse_next(input)?;
    let radius = number(input)?;
    if radius < 0.0 {
        return cut_err(winnow::combinator::fail)
            .context(expected("a length that is not negative"))
            .parse_next(input);
    }
    let unit = cut_err(word.verify(|word: &str| ["mm", "voxel", "voxels"].contains(&word)))
        .context(expected("mm or voxels"))
        .parse_next(input)?;
    closed(input)?;
    let length = match unit {
        "mm" => Length::Mm(radius),
        _ => Length::Voxels(radius),
    };
    Ok(Node::Ball(change, Box::new(node), length))
}
