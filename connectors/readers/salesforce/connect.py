"""How a newcomer connects Salesforce, and the calls that prove it: one describe per object, so that everything hidden is named at once."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.errors import ForbiddenError
from connectors.readers.salesforce.calls import SalesforceCalls
from connectors.readers.salesforce.login import Login
from connectors.readers.salesforce.objects import OBJECT_TYPES
from connectors.readers.salesforce.schema import OrgSchema
from connectors.readers.salesforce.stages import STAGES, Meanings, rules_of
from connectors.readers.salesforce.transport import open_session

TEXT = """\
Salesforce is read as an integration user, through an app of your org. You need an administrator.

1. A user that reads: Setup > Users > New User, licence "Salesforce Integration". Give it a permission set with 'API Enabled', View All
   Data, and read access to the objects and fields of leads, contacts, accounts, opportunities, activities, cases and campaigns.
2. An app: Setup > External Client App Manager > New. Enable OAuth with the scope "Manage user data via APIs (api)".
   Either enable the client credentials flow and set the user of step 1 as its run-as user: copy the consumer key and secret.
   Or enable the JWT bearer flow, upload a certificate, and pre-authorise the user: give its name and the file of the private key.
3. The domain is your org's My Domain (Setup > My Domain), such as acme.my.salesforce.com.
4. Say what marketing-qualified and sales-qualified mean in your org:
     status: Marketing Qualified      the first day with this lead status (needs field history tracking on Lead Status)
     field: MQL_Date__c               a date field of your own
     campaign: Webinar                the first response to a campaign of this type"""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Logs in and looks at each object that is not left out; nothing is kept."""
    calls = SalesforceCalls(Login.of(given), open_session(given.get("api_base", ""), run.answer_seconds), run)
    schema = OrgSchema(calls)
    left_out = {name.strip() for name in given.get("skip_objects", "").split(",")}
    kinds = [kind for kind in OBJECT_TYPES if kind.name not in left_out]
    problems = []
    for kind in kinds:
        try:
            schema.select(kind, {}, run)
        except ForbiddenError as problem:
            problems.append(str(problem))
    if problems:
        raise ForbiddenError("\n".join(problems))
    Meanings(rules_of({stage: given.get(stage, "") for stage in STAGES}), {}, schema, run).table()
    names = ", ".join(kind.name for kind in kinds if schema.fields(kind.name) is not None)
    return f"Salesforce answers: {names} can be read ({run.requests} calls made)."


CONNECT = Connect(
    TEXT,
    (
        Asked("domain", "My Domain", "acme.my.salesforce.com", required=False),
        Asked("consumer_key", "Consumer key of the app", "3MVG9..."),
        Asked("consumer_secret", "Consumer secret (client credentials)", secret=True, required=False),
        Asked("username", "User name (JWT bearer)", "okr-numbers@acme.example", required=False),
        Asked("private_key_file", "File of the private key (JWT bearer)", "/etc/okr/salesforce.pem", required=False),
        Asked("marketing_qualified", "Marketing-qualified means", "status: Marketing Qualified", required=False),
        Asked("sales_qualified", "Sales-qualified means", "status: Sales Qualified", required=False),
        Asked("skip_objects", "Objects to leave out", "Case, Campaign, CampaignMember", required=False),
    ),
    attempt,
)
