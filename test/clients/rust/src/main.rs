//! Asks with OpenFeature's SDK and its OFREP provider, as python/ask.py does.

use open_feature::{EvaluationContext, EvaluationContextFieldValue, OpenFeature};
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use serde_json::{json, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let base_url = std::env::args().nth(1).expect("a base address");
    let options = OfrepOptions { base_url, ..Default::default() };
    let provider = OfrepProvider::new(options).await.expect("a provider");
    OpenFeature::singleton_mut().await.set_provider(provider).await;
    let client = OpenFeature::singleton().await.create_client();
    for line in std::io::stdin().lines() {
        let question: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let mut context = EvaluationContext::default();
        for (name, value) in question["context"].as_object().expect("a context") {
            let text = value.as_str().expect("a text");
            if name == "targetingKey" {
                context.targeting_key = Some(text.to_string());
            } else {
                context.add_custom_field(name, text);
            }
        }
        if question["date"] == true {
            let now = time::OffsetDateTime::now_utc();
            context.add_custom_field("since", EvaluationContextFieldValue::DateTime(now));
        }
        let key = question["key"].as_str().expect("a key");
        let answer = match client.get_bool_details(key, Some(&context), None).await {
            Ok(details) => json!({
                "value": details.value,
                "reason": details.reason.map(|reason| reason.to_string()),
                "variant": details.variant,
                "error": null,
                "metadata": {},
            }),
            // There is no default in this SDK: callers write `unwrap_or(…)`.
            Err(error) => json!({
                "value": question["default"],
                "reason": "ERROR",
                "variant": null,
                "error": error.code.to_string(),
                "metadata": {},
            }),
        };
        println!("{answer}");
    }
}
