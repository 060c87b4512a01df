use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> Result<String, JsonError> {
    parse(text.as_bytes()).map(|value| String::from_utf8(value.to_canonical()).unwrap())
}

/// RFC 8785 section 3.2.2, the sample input and its canonical form.
#[test]
#[cfg(feature = "doubles")]
fn rfc_8785_sample() {
    let input = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected = "{\"literals\":[null,true,false],\
        \"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
        \"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
    assert_eq!(canonical(input).as_deref(), Ok(expected));
}

/// RFC 8785 section 3.2.3: the order of UTF-16 code units.
#[test]
fn rfc_8785_sorting() {
    let input = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
        "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
        "\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let value = parse(input.as_bytes()).unwrap();
    let sorted = parse(&value.to_canonical()).unwrap();
    let names: Vec<&str> =
        sorted.as_object().unwrap().iter().map(|(_, v)| v.as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh"
        ]
    );
}

/// RFC 8785 appendix B: bits of a double and how it is written.
#[test]
#[cfg(feature = "doubles")]
fn rfc_8785_numbers() {
    let samples: [(u64, &str); 20] = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ];
    for (bits, text) in samples {
        // The canonical text of a double passes, and is its own canonical form.
        assert_eq!(canonical(text).as_deref(), Ok(text));
        let double = f64::from_bits(bits);
        assert_eq!(text.parse::<f64>().map(|parsed| parsed == double), Ok(true), "{text}");
    }
}

#[test]
fn integers_are_never_rounded() {
    for (text, expected) in [
        ("9007199254740992", "9007199254740992"),
        ("-9007199254740992", "-9007199254740992"),
        ("9007199254740991.0", "9007199254740991"),
        ("1e2", "100"),
        ("100e-2", "1"),
        ("1.0", "1"),
        ("-0", "0"),
        ("-0.0e9999999999999999999999", "0"),
        ("0e-99999999999999999999999", "0"),
        ("0.0000001e7", "1"),
        ("10000000000000000000000e-20", "100"),
    ] {
        assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
    }
    for text in [
        "9007199254740993",
        "9007199254740993.0",
        "9007199254740993e0",
        "90071992547409930e-1",
        "-9007199254740993",
        "18446744073709551615",
        "1152921504606846976",
        "100000000000000000000001",
        "1e400",
        "-1e400",
        "1e-400",
        "1e99999999999999999999999999",
        "1e-99999999999999999999999999",
        "123456789012345678901234567890e0",
    ] {
        assert_eq!(canonical(text), Err(JsonError::NumberNotRepresentable), "{text}");
    }
}

#[test]
#[cfg(feature = "doubles")]
fn fractions_take_the_nearest_double() {
    for (text, expected) in [
        ("1e23", "1e+23"),
        ("1e21", "1e+21"),
        ("100000000000000000000", "100000000000000000000"),
        ("0.1", "0.1"),
        ("0.10000000000000000555", "0.1"),
        ("9007199254740993.5", "9007199254740994"),
        ("0.99999999999999999999", "1"),
        ("5e-324", "5e-324"),
        ("1e-7", "1e-7"),
        ("0.000001", "0.000001"),
        ("-1.5e300", "-1.5e+300"),
    ] {
        assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
    }
    let one = parse(b"0.99999999999999999999").unwrap();
    assert_eq!(one, parse(b"1").unwrap());
}

#[test]
#[cfg(not(feature = "doubles"))]
fn without_doubles_only_exact_integers_pass() {
    assert_eq!(canonical("1.5"), Err(JsonError::NumberNotRepresentable));
    assert_eq!(canonical("1e23"), Err(JsonError::NumberNotRepresentable));
}

#[test]
fn huge_tokens_take_little_time() {
    let digits = "9".repeat(1 << 20);
    assert_eq!(canonical(&digits), Err(JsonError::NumberNotRepresentable));
    let zeros = format!("0.{}", "0".repeat(1 << 20));
    assert_eq!(canonical(&zeros).as_deref(), Ok("0"));
    let exponent = format!("1e{digits}");
    assert_eq!(canonical(&exponent), Err(JsonError::NumberNotRepresentable));
}

#[test]
fn syntax_is_strict() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "{'a':1}",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "Infinity",
        "tru",
        "truex",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u123g\"",
        "\"\t\"",
        "\"\n\"",
        "1 1",
        "null,",
        "\u{feff}1",
        "// c\n1",
        "[1]]",
        "\u{a0}1",
        "\"\\u+123\"",
        "{\"a\":}",
        "--1",
        "1.-1",
    ] {
        assert_eq!(canonical(text), Err(JsonError::Syntax), "{text:?}");
    }
    assert_eq!(canonical(" \t\r\n[ 1 , { \"a\" : null } ] ").as_deref(), Ok("[1,{\"a\":null}]"));
}

#[test]
fn what_readers_disagree_on_is_refused() {
    assert_eq!(canonical(r#"{"a":1,"b":2,"a":1}"#), Err(JsonError::DuplicateMember));
    assert_eq!(canonical(r#"{"a":1,"\u0061":1}"#), Err(JsonError::DuplicateMember));
    assert_eq!(canonical(r#"[{"x":{"a":1,"a":1}}]"#), Err(JsonError::DuplicateMember));
    for text in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800x""#,
        r#""\ud800\n""#,
        r#""\ud800\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud800\u0041""#,
        r#"{"\udfff":1}"#,
    ] {
        assert_eq!(canonical(text), Err(JsonError::LoneSurrogate), "{text}");
    }
    assert_eq!(canonical(r#""\ud83d\ude00""#).as_deref(), Ok("\"\u{1f600}\""));
    for bytes in [&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"\"\xc0\x80\"", b"\xff"] {
        assert_eq!(parse(bytes), Err(JsonError::InvalidUtf8));
    }
}

#[test]
fn nesting_stops_at_64() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(canonical(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(canonical(&nested(MAX_DEPTH + 1)), Err(JsonError::NestingTooDeep));
    assert_eq!(canonical(&"[".repeat(1 << 20)), Err(JsonError::NestingTooDeep));
    let objects = "{\"a\":".repeat(MAX_DEPTH + 1);
    assert_eq!(canonical(&objects), Err(JsonError::NestingTooDeep));
}

#[test]
fn a_carried_value_has_all_64_levels() {
    let carrying = |depth: usize| format!("{{\"v\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let read = |depth: usize| parse_around(carrying(depth).as_bytes(), 1);
    let carried = read(MAX_DEPTH).unwrap();
    assert_eq!(carried.get("v").map(Value::depth), Some(MAX_DEPTH));
    assert_eq!(read(MAX_DEPTH + 1), Err(JsonError::NestingTooDeep));
}

#[test]
fn depth_counts_arrays_and_objects_on_the_deepest_way() {
    for (text, depth) in
        [("null", 0), ("\"[[\"", 0), ("[]", 1), ("{}", 1), ("[1,{\"a\":[[]]},[]]", 4)]
    {
        assert_eq!(parse(text.as_bytes()).unwrap().depth(), depth, "{text}");
    }
}

#[test]
fn values_are_counted() {
    let many = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
    assert!(parse(many(MAX_VALUES - 1).as_bytes()).is_ok());
    assert_eq!(parse(many(MAX_VALUES).as_bytes()), Err(JsonError::TooManyValues));
}

#[test]
fn controls_are_escaped_shortest() {
    let value = Value::string("\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\"\\/\u{7f}\u{2028}");
    assert_eq!(
        value.to_canonical(),
        "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\u{7f}\u{2028}\"".as_bytes()
    );
}

#[test]
fn accessors_answer_their_own_type_only() {
    let value = parse(br#"{"s":"t","n":1,"b":true,"a":[null]}"#).unwrap();
    assert_eq!(value.get("s").and_then(Value::as_str), Some("t"));
    assert_eq!(value.get("n").and_then(Value::as_u64), Some(1));
    assert_eq!(value.get("b").and_then(Value::as_bool), Some(true));
    assert_eq!(value.get("a").and_then(Value::as_array).map(<[Value]>::len), Some(1));
    assert_eq!(value.get("x"), None);
    assert_eq!(value.as_str().or(value.get("n").and_then(Value::as_str)), None);
    assert_eq!(Number::from_u64((1 << 53) + 1), Err(JsonError::NumberNotRepresentable));
    assert_eq!(Number::from_u64(1 << 53).map(Number::as_u64), Ok(Some(1 << 53)));
    assert_eq!(parse(b"-1").unwrap().as_u64(), None);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (0..=1u64 << 53).prop_map(|n| Value::Number(Number::from_u64(n).unwrap())),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_bytes_are_a_fixed_point(value in any_value()) {
        let bytes = value.to_canonical();
        let again = parse(&bytes).unwrap();
        prop_assert_eq!(again.to_canonical(), bytes);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_json_like_text_panics(text in r#"[\[\]{},:"\\u0-9eE.+\-tfn a-d]{0,60}"#) {
        if let Ok(value) = parse(text.as_bytes()) {
            prop_assert!(parse(&value.to_canonical()).is_ok());
        }
    }

    #[test]
    #[cfg(feature = "doubles")]
    fn every_double_survives(bits in any::<u64>()) {
        let double = f64::from_bits(bits);
        prop_assume!(double.is_finite());
        let text = String::from(ryu_js::Buffer::new().format_finite(double));
        let canonical = canonical(&text).unwrap();
        prop_assert_eq!(canonical.parse::<f64>().unwrap(), double);
    }

    #[test]
    #[cfg(feature = "doubles")]
    fn a_number_is_read_as_the_standard_library_reads_it(
        text in r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?",
    ) {
        if let Ok(canonical) = canonical(&text) {
            prop_assert_eq!(canonical.parse::<f64>(), text.parse::<f64>(), "{}", text);
        }
    }
}

/// Halfway between two doubles, or next to it: where every digit counts.
#[test]
#[cfg(feature = "doubles")]
fn halfway_is_rounded_to_even() {
    for text in [
        "9007199254740993.5",
        "9007199254740992.99999999999999999999999999999999999999",
        "9007199254740993.00000000000000000000000000000000000001",
        "9007199254740995.00000000000000000000000000000000000000000001",
        "0.500000000000000166533453693773481063544750213623046875",
        "3.518437208883201171875e13",
        "1.00000005960464477550",
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "2.4703282292062328e-324",
        "6631236846766476.0000000000000000000000000000000001e-316",
        "3.2378839133029012895883524125015321748630094e-319",
        "69e-267",
        "7e-27",
        "8.533e-68",
        "1.10e-306",
        "0.000000000000000000000000000000000000000000000000000000000000000000017976931348623157",
    ] {
        let read = canonical(text).map(|canonical| canonical.parse::<f64>());
        assert_eq!(read, Ok(text.parse::<f64>()), "{text}");
    }
}

#[test]
fn a_text_is_quoted_as_in_a_value() {
    let every = (0..=0x7f).map(char::from).chain(['é', '\u{2028}', '\u{1f600}']);
    for text in every.map(|c| format!("a{c}{c}b{c}")).chain([String::new()]) {
        let quoted = quoted(&text);
        assert_eq!(quoted.as_bytes(), Value::string(text.as_str()).to_canonical());
        assert_eq!(parse(quoted.as_bytes()).unwrap().as_str(), Some(text.as_str()));
    }
}
