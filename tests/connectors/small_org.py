"""A Salesforce org of a few records, so that every expected number can be counted by hand. Ids are given: 00Q...1 is lead 1."""

from __future__ import annotations

from connectors.sandbox.salesforce_org import SalesforceOrg

CREATED = "2026-10-05T08:00:00Z"
USER = "005000000000001AAA"
ACCOUNT = "001000000000001AAA"
OPPORTUNITY = "006000000000001AAA"
CAMPAIGN = "701000000000001AAA"


def lead_id(number: int) -> str:
    return f"00Q{number:012d}AAA"


def small_org(leads: int = 5) -> SalesforceOrg:
    """Five leads unless asked for more, of whom the first is marketing-qualified; one of everything else; amounts in forints."""
    org = SalesforceOrg(currencies={"EUR": 1.0, "HUF": 400.0})
    org.add(
        "User",
        Id=USER,
        created=CREATED,
        FirstName="Éva",
        LastName="Szabó",
        Name="Éva Szabó",
        Email="eva@brightwater.example",
        IsActive=True,
    )
    org.add("Account", Id=ACCOUNT, created=CREATED, Name="Duna Zrt.", NumberOfEmployees=61)
    for number in range(1, leads + 1):
        org.add(
            "Lead",
            Id=lead_id(number),
            created=CREATED,
            LastName=f"Person {number}",
            Email=f"person{number}@lead.example",
            Status="Open - Not Contacted",
        )
    org.change("Lead", lead_id(1), modified="2026-10-12T09:00:00Z", Status="Marketing Qualified")
    org.add("Contact", created=CREATED, LastName="Kovács", Email="kovacs@duna.example", AccountId=ACCOUNT)
    org.add(
        "Opportunity",
        Id=OPPORTUNITY,
        created=CREATED,
        Name="Duna – new",
        Amount=1234.565,
        CurrencyIsoCode="HUF",
        CloseDate="2026-11-10",
        StageName="Closed Won",
        IsClosed=True,
        IsWon=True,
        AccountId=ACCOUNT,
    )
    org.add("OpportunityHistory", created=CREATED, OpportunityId=OPPORTUNITY, StageName="Prospecting", Amount=0.005)
    org.add(
        "OpportunityFieldHistory", created=CREATED, OpportunityId=OPPORTUNITY, Field="StageName", NewValue="Closed Won"
    )
    org.add(
        "Task",
        created=CREATED,
        Subject='"Call",\nsecond line',
        TaskSubtype="Call",
        CallType="Outbound",
        Status="Completed",
        ActivityDate="2026-10-05",
        CallDurationInSeconds=61,
        IsClosed=True,
    )
    org.add(
        "Event",
        created=CREATED,
        StartDateTime="2026-10-06T08:00:00Z",
        EndDateTime="2026-10-06T09:00:00Z",
        DurationInMinutes=60,
    )
    org.add("Case", created=CREATED, Subject="Slow", Type="Complaint", Status="New")
    org.add("Campaign", Id=CAMPAIGN, created=CREATED, Name="Autumn", Type="Webinar")
    org.add(
        "CampaignMember",
        created=CREATED,
        CampaignId=CAMPAIGN,
        LeadId=lead_id(2),
        HasResponded=True,
        FirstRespondedDate="2026-10-08",
    )
    return org
