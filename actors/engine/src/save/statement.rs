//! What a saved image says of how it came about: operation, parameters, job, receipt, result.

use crate::save::results::ReadResult;

/// One for each image that the results are of.
pub fn statements(results: &[ReadResult]) -> Vec<String> {
    results
        .iter()
        .flat_map(|result| std::iter::repeat_n(statement(result), result.output.slices() as usize))
        .collect()
}

fn statement(result: &ReadResult) -> String {
    let receipt = &result.receipt;
    let parameters: Vec<String> = receipt
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!(
        "{} version {} ({}); job {}; receipt {}; result {}; for research, not for clinical decisions",
        receipt.operation,
        receipt.version,
        parameters.join(", "),
        receipt.job,
        result.receipt_digest,
        receipt.output
    )
}
