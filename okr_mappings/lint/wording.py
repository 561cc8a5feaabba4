"""Rules about words: an objective says what becomes true, a key result what is counted, and both in words that are defined."""

from __future__ import annotations

import re

from okr_mappings.lint.finding import Severity
from okr_mappings.lint.rule import Hits, Rule, Scene, per_key_result, per_objective
from okr_mappings.mappings import KeyResult, Objective
from okr_mappings.metric import MetricSpec
from okr_mappings.words import Kind

# words that say what is done, not what becomes true
_DONE = re.compile(
    r"""^(re)?(launch|send|hold|train|run|write|publish|make|do|organi[sz]e|build|implement|introduce|conduct|survey|attend|
        analy[sz]e|consult|participate|help|prepare|plan|present|identify|measure|talk|call|visit|interview|set\ up|sign\ off)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# "One customer survey each quarter", "20 cold calls per week", but not "1,000 more newsletter subscribers"
_PRODUCED = re.compile(
    r"""^(an?|one|two|three|four|five|six|ten|[\d.,]+)\ ([\w-]+\ ){0,3}
        (surveys?|newsletters?|campaigns?|events?|webinars?|workshops?|trainings?|meetings?|calls?|articles?|posts?|e-?mails?)
        (?=$|[.,]|\ (per|each|every|an?|by|in|until|this|with|for|to|on)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(r"\d|%")
_DATE = re.compile(
    r"\b(Q[1-4]|H[12]|(by|until|before|in|this|next)\s+((the\s+)?end\b|(early\s+|late\s+)?(January|February|March|April|May|June|July|August|"
    r"September|October|November|December)\b|(this|next)?\s*(week|month|quarter|year)\b|(spring|summer|autumn|fall|winter|Christmas|Easter)\b))",
    re.IGNORECASE,
)  # "by March", "until the end of the year", "Q3", "next quarter"
# a short objective that starts with one of these says at least in which direction
_BECOMES = re.compile(
    r"^(be|become|delight|double|expand|fix|gain|grow|improve|increase|keep|lead|lower|raise|reach|reduce|save|sell|stop|strengthen|win)\b",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"\b[A-Z]{2,}s?\b")  # MQLs, CRM


def _number_in_objective(objective: Objective) -> str:
    without_periods = _DATE.sub("", objective.title)
    return f"“{objective.title}” has a number in it." if _NUMBER.search(without_periods) else ""


def _date_in_objective(objective: Objective) -> str:
    found = _DATE.search(objective.title)
    return f"“{objective.title}” has a date in it (“{found[0]}”)." if found else ""


def _says_nothing(objective: Objective) -> str:
    short = len(objective.title.split()) < 3 and not _BECOMES.match(objective.title)
    if not short or _number_in_objective(objective):
        return ""
    return f"“{objective.title}” does not say what is to be achieved."


def _activity(key_result: KeyResult) -> str:
    """B4 and K12."""
    found = _DONE.match(key_result.title) or _PRODUCED.match(key_result.title)
    if not found:
        return ""
    return f"“{key_result.title}” is something to do (“{found[0].lower()}”), not something that becomes true."


def _activity_counted(key_result: KeyResult) -> str:
    return "" if key_result.kind is Kind.MILESTONE else _activity(key_result)


def _activity_as_milestone(key_result: KeyResult) -> str:
    return _activity(key_result) if key_result.kind is Kind.MILESTONE else ""


def _undefined_terms(scene: Scene) -> Hits:
    for objective in scene.plan.objectives:
        metrics = [each.metric for each in objective.key_results if each.metric is not None]
        for term in _undefined(objective.title, metrics, objective.notes, scene):
            yield objective, f"“{term}” is defined nowhere."
        for each in objective.key_results:
            for term in _undefined(each.title, [each.metric] if each.metric else [], each.notes, scene):
                yield each, f"“{term}” is defined nowhere."


def _undefined(title: str, metrics: list[MetricSpec], notes: str, scene: Scene) -> list[str]:
    explained = " ".join([notes, *(f"{metric.label} {metric.definition}" for metric in metrics)])
    return [
        term
        for term in dict.fromkeys(_ABBREVIATION.findall(title))
        if term.rstrip("s") not in scene.terms
        and term.rstrip("s") not in explained
        and not any(_abbreviates(term.rstrip("s"), metric) for metric in metrics)
    ]


def _abbreviates(term: str, metric: MetricSpec) -> bool:
    """MQL is a marketing-qualified lead when the metric is called so."""
    initials = "".join(word[0] for word in re.findall(r"\w+", metric.label)).upper()
    return term in initials


RULES = (
    Rule(
        "number-in-objective",
        Severity.WARNING,
        per_objective(_number_in_objective),
        "Say what becomes true; the numbers are its key results.",
        "An objective says what for, in words that people remember. With the number inside it, missing the number is missing everything, "
        "and there is nothing left to ask whether it was the right number.",
        "Wodtke, Radical Focus: the objective is qualitative and inspiring, the key results are the numbers.",
        "“Create 53 MQLs”",
        "“Give sales more leads worth calling”, with a key result of 53 marketing-qualified leads",
    ),
    Rule(
        "date-in-objective",
        Severity.WARNING,
        per_objective(_date_in_objective),
        "Leave the date out: the cycle is the deadline.",
        "Every objective ends with its cycle. Another date in its title is either a repetition or a contradiction.",
        "House style, section 9 of the semantics.",
        "“Be found by the companies that need us by March”",
        "“Be found by the companies that need us”, in the cycle that ends in March",
    ),
    Rule(
        "objective-says-nothing",
        Severity.WARNING,
        per_objective(_says_nothing),
        "Say what will be different when it is reached.",
        "A topic is no objective: nobody can say at the end whether market research was achieved.",
        "Doerr, Measure What Matters: an objective is what is to be achieved, no more and no less.",
        "“Market research”",
        "“Know which two markets to enter next”",
    ),
    Rule(
        "activity",
        Severity.WARNING,
        per_key_result(_activity_counted),
        "Ask what it is good for, and count that.",
        "What is done can be done without any effect. A team that counts what it sends is never told that nobody reads it.",
        "Google's OKR playbook: key results describe outcomes, not activities; help, consult, analyse and participate give them away.",
        "“Send 3 e-mail newsletters”",
        "“1,000 more newsletter subscribers”, or “a tenth of the readers click”",
    ),
    Rule(
        "activity-as-milestone",
        Severity.HINT,
        per_key_result(_activity_as_milestone),
        "Fine as a milestone; beside it belongs a number that says whether it helped.",
        "Some results are a thing that is there or not, and a milestone says so honestly. It shows no effect, though.",
        "Google's OKR playbook: key results describe outcomes, not activities.",
        "“Launch a new website” as the only key result",
        "the launch as a milestone, beside 20 % more visits from search",
    ),
    Rule(
        "undefined-term",
        Severity.WARNING,
        _undefined_terms,
        "Spell it out, or use a metric whose definition says what it is.",
        "Marketing and sales often have two meanings for one abbreviation, and find out in the last week of the quarter.",
        "House style, section 9 of the semantics.",
        "“Talk to 30 MQLs”, kept by hand",
        "`metric: marketing_qualified_leads`, whose definition says when a lead is one",
    ),
)
