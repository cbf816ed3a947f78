"""The optional ways in: each is off by default, and complete where its parameter turns it on."""

import json
from typing import Any

import pytest

from devtools.local_stack.template.reader import Template
from devtools.security_checks.conditions import OTHER_VALUES, concrete
from model_router.entrypoints.http.callers import SIGNED_ROUTE

DOMAIN = {"DomainName": "claude.example.com", "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}
ZONE = {**DOMAIN, "HostedZoneId": "Z0123456789ABCDEFGHIJ"}


def added(template: dict[str, Any], parameters: dict[str, str], section: str = "Resources") -> dict[str, Any]:
    """What these parameters add to the template with its defaults, by logical id."""
    deployed, by_default = concrete(template, parameters)[section], concrete(template, {})[section]
    assert by_default.keys() <= deployed.keys()
    return {name: deployed[name] for name in deployed.keys() - by_default.keys()}


def refusals(template: dict[str, Any], parameters: dict[str, str]) -> list[str]:
    """What the template's Rules say against these parameters."""
    read = Template(template, parameters=parameters)
    broken = []
    for rule in template["Rules"].values():
        if read.resolve(rule["RuleCondition"]):
            broken += [one["AssertDescription"] for one in rule["Assertions"] if not read.resolve(one["Assert"])]
    return broken


def test_every_way_in_is_off_by_default(template: dict[str, Any]) -> None:
    for name in ("DomainName", "CertificateArn", "HostedZoneId", "WebAclArn"):
        assert template["Parameters"][name]["Default"] == ""


def test_a_domain_has_its_certificate_the_apis_tls_policy_and_no_base_path(
    template: dict[str, Any], api: dict[str, Any]
) -> None:
    found = added(template, DOMAIN)
    assert found.keys() == {"Domain", "DomainMapping"}
    domain = found["Domain"]["Properties"]
    assert domain["RegionalCertificateArn"] == {"Ref": "CertificateArn"}
    assert domain["EndpointConfiguration"] == {"Types": [api["EndpointConfiguration"]["Type"]]}
    assert domain["SecurityPolicy"] == api["SecurityPolicy"]
    stage = {"RestApiId": {"Ref": "Api"}, "Stage": {"Ref": "Api.Stage"}}
    assert found["DomainMapping"]["Properties"] == {"DomainName": {"Ref": "Domain"}, **stage}
    outputs = added(template, DOMAIN, "Outputs")
    assert outputs["DomainUrl"]["Value"] == {"Fn::Sub": "https://${DomainName}"}
    assert outputs["DomainTarget"]["Value"] == {"Fn::GetAtt": ["Domain", "RegionalDomainName"]}


def test_a_zone_gets_the_domains_record_and_needs_a_domain(template: dict[str, Any]) -> None:
    found = added(template, ZONE)
    assert found.keys() == {"Domain", "DomainMapping", "DomainRecord"}
    record = found["DomainRecord"]["Properties"]
    assert record["AliasTarget"]["DNSName"] == {"Fn::GetAtt": ["Domain", "RegionalDomainName"]}
    assert record["AliasTarget"]["HostedZoneId"] == {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]}
    assert added(template, {"HostedZoneId": ZONE["HostedZoneId"]}) == {}


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, []),
        (ZONE, []),
        ({"DomainName": DOMAIN["DomainName"]}, ["DomainName needs CertificateArn."]),
        ({"CertificateArn": DOMAIN["CertificateArn"]}, ["CertificateArn needs DomainName."]),
        ({"HostedZoneId": ZONE["HostedZoneId"]}, ["HostedZoneId needs DomainName."]),
    ],
)
def test_cloudformation_refuses_half_a_domain(
    template: dict[str, Any], parameters: dict[str, str], told: list[str]
) -> None:
    assert refusals(template, parameters) == told


def test_signed_callers_have_a_path_of_their_own_which_streams(template: dict[str, Any], api: dict[str, Any]) -> None:
    chosen = {"CallerAuth": "keys_and_iam"}
    assert template["Parameters"]["CallerAuth"]["Default"] == "keys"
    assert added(template, chosen).keys() == {"ApiMayPassSignedRequests"}
    paths = concrete(template, chosen)["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"]
    assert SIGNED_ROUTE not in concrete(template, {})["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"]
    assert paths[SIGNED_ROUTE].keys() == {"get", "post"}
    for operation in paths[SIGNED_ROUTE].values():
        assert operation["security"] == [{"AWS_IAM": []}, {"api_key_false": []}]
        integration = operation["x-amazon-apigateway-integration"]
        assert integration == paths["/v1/messages"]["post"]["x-amazon-apigateway-integration"]
    scheme = api["DefinitionBody"]["securityDefinitions"]["AWS_IAM"]
    assert scheme["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_signed_callers_are_throttled_by_the_stage_since_no_usage_plan_holds_them(template: dict[str, Any]) -> None:
    def throttled(parameters: dict[str, str]) -> dict[str, Any]:
        settings = concrete(template, parameters)["Resources"]["Api"]["Properties"]["MethodSettings"]
        return {found["ResourcePath"]: found.get("ThrottlingRateLimit") for found in settings}

    signed = {"/~1iam~1{proxy+}": {"Ref": "ThrottleRate"}}
    assert throttled({"CallerAuth": "keys_and_iam"}) == {**throttled({}), **signed}


def test_a_web_acl_is_associated_with_the_stage_once_that_is_there(template: dict[str, Any]) -> None:
    found = added(template, {"WebAclArn": OTHER_VALUES["WebAclArn"]})
    assert found.keys() == {"WebAclOfApi"}
    properties = found["WebAclOfApi"]["Properties"]
    assert properties["WebACLArn"] == {"Ref": "WebAclArn"}
    arn, local = properties["ResourceArn"]["Fn::Sub"]
    assert arn.endswith(":apigateway:${AWS::Region}::/restapis/${Api}/stages/${Stage}")
    assert local == {"Stage": {"Ref": "Api.Stage"}}


def test_what_a_web_acl_refuses_has_the_apis_form(api: dict[str, Any]) -> None:
    refused = api["GatewayResponses"]["WAF_FILTERED"]
    assert refused["StatusCode"] == 403
    body = json.loads(refused["ResponseTemplates"]["application/json"])
    assert (body["type"], body["error"]["type"]) == ("error", "permission_error")
