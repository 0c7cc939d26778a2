"""What `Globals` says for all, and what a resource says against it."""

from sources.cloudformation.sam.sam_template import expand

GLOBALS = """
    Globals:
      Function:
        Runtime: python3.12
        Timeout: 3
        Environment: {Variables: {A: "1", B: "2"}}
        Layers: [first]
    Resources:
      F:
        Type: AWS::Serverless::Function
        Properties:
          Timeout: 9
          Environment: {Variables: {B: "3"}}
          Layers: [second]
"""


def test_scalars_are_replaced_mappings_merged_and_lists_joined() -> None:
    got = expand(GLOBALS)
    assert got.plain("F", "Timeout") == 9
    assert got.plain("F", "Environment", "Variables") == {"A": "1", "B": "3"}
    assert got.plain("F", "Layers") == ["first", "second"]


def test_what_comes_from_globals_keeps_its_place_there() -> None:
    function = expand(GLOBALS)["F"]
    assert function.get("Runtime").span.line == 5
    assert function.get("Environment", "Variables", "A").span.line == 7
    variables = function.get("Environment", "Variables")
    assert variables.span.line == 14


def test_ignored_globals() -> None:
    got = expand(
        GLOBALS.replace("        Properties:", "        IgnoreGlobals: [Timeout, Layers]\n        Properties:")
    )
    assert got.plain("F", "Layers") == ["second"]
    assert got.plain("F", "Runtime") == "python3.12"
    every = expand(GLOBALS.replace("        Properties:", "        IgnoreGlobals: '*'\n        Properties:"))
    assert every["F"].get("Runtime").absent


def test_a_property_that_is_taken_away_stays_away() -> None:
    got = expand(GLOBALS.replace("Timeout: 9", "Timeout: !Ref AWS::NoValue"))
    assert got["F"].get("Timeout").absent


def test_a_resource_without_properties_gets_them_all() -> None:
    got = expand("""
    Globals: {Function: {Runtime: python3.12}}
    Resources:
      F: {Type: AWS::Serverless::Function}
    """)
    assert got.plain("F", "Runtime") == "python3.12"


UNKNOWN = """
    Globals:
      Function:
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/globals.yaml}}
        Timeout: 5
    Resources:
      F:
        Type: AWS::Serverless::Function
        Properties:
          InlineCode: x
          Layers: [mine]
          Environment: {Variables: {A: b}}
"""


def test_what_an_include_adds_is_unknown_and_nothing_else() -> None:
    expanded = expand(UNKNOWN)
    function = expanded["F"]
    assert "s3://bucket/globals.yaml" in function.get("VpcConfig").reason
    assert "s3://bucket/globals.yaml" in function.get("Environment", "Variables", "B").reason
    assert function.get("Layers").plain() == ["?", "mine"]
    assert function.get("Environment", "Variables", "A").is_("b")
    assert function.get("Timeout").is_(5)
    assert function.get("Role").plain() == "FRole.Arn", "Globals cannot say it"
    assert len(expanded.problems) == 1


def test_globals_that_are_no_mapping_are_said() -> None:
    conditional = """
        Conditions: {A: !Equals [!Ref AWS::Region, eu-west-1]}
        Globals:
          Function: !If [A, {Timeout: 4}, {Timeout: 5}]
        Resources:
          F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}
    """
    expanded = expand(conditional)
    assert [p.split(":")[0] for p in expanded.problems] == ["what `Function` of `Globals` says is not known"]
    assert expanded["F"].get("Timeout").reason
