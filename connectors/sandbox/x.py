"""X API v2, as far as followers need it: users by name, credits, rate limits in headers, and an OAuth whose refresh tokens work once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.answer import Answer, Request, json_answer
from connectors.sandbox.oauth import OAuthServer, Rules

if TYPE_CHECKING:
    from connectors.sandbox.social import SocialNetworks

NETWORK = "X"
LIMIT, WINDOW = 300, 900


class XApi:
    """`credits` are the reads that are left; None means plenty."""

    def __init__(self, networks: SocialNetworks) -> None:
        self._networks = networks
        self.bearer_token = "AAAAAAAAAAAAAAAAAAAAA-sandbox-x"  # noqa: S105 - opens nothing but the sandbox
        rules = Rules(
            "x", "bm9Brightwater", "x-app-secret-1", timedelta(hours=2), rotates=True, needs_pkce=True, basic=True
        )
        self.oauth = OAuthServer(rules, networks.clock)
        self.credits: int | None = None
        self._paid: set[str] = set()

    def answer(self, request: Request) -> Answer:
        if request.path == "/2/oauth2/token":
            return self.oauth.token(request)
        if request.path == "/i/oauth2/authorize":
            return self.oauth.authorize(request)
        if request.bearer != self.bearer_token and not self.oauth.accepts(request.bearer):
            return problem(401, "Unauthorized", "Unauthorized", "about:blank")
        if request.path == "/2/users/by":
            return self._users(request)
        return problem(404, "Not Found Error", "Not Found", "https://api.x.com/2/problems/resource-not-found")

    def _users(self, request: Request) -> Answer:
        if not self._can_pay():
            words = "Your enrolled account [1500] does not have any credits to fulfill this request."
            return problem(402, "CreditsDepleted", words, "https://api.x.com/2/problems/credits")
        account = self._networks.accounts[NETWORK]
        found: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for name in request.query.get("usernames", "").split(","):
            if name.lower() == account.name.lower() and not account.suspended:
                found.append(self._user(request))
            else:
                errors.append(_missing(name, suspended=account.suspended))
        content = ({"data": found} if found else {}) | ({"errors": errors} if errors else {})
        return json_answer(content, headers=self._limits())

    def _user(self, request: Request) -> dict[str, Any]:
        account = self._networks.accounts[NETWORK]
        user: dict[str, Any] = {"id": account.id, "name": "Brightwater", "username": account.name}
        if "public_metrics" in request.query.get("user.fields", ""):
            followers = self._networks.followers(NETWORK)
            user["public_metrics"] = {
                "followers_count": followers,
                "following_count": 120,
                "tweet_count": 3561,
                "listed_count": 15,
            }
        return user

    def _can_pay(self) -> bool:
        """A user is paid for once a UTC day."""
        day = self._networks.clock.now().date().isoformat()
        if self.credits is None or day in self._paid:
            return True
        if self.credits <= 0:
            return False
        self.credits -= 1
        self._paid.add(day)
        return True

    def _limits(self) -> dict[str, str]:
        reset = (self._networks.clock.now_ms() // 1000 // WINDOW + 1) * WINDOW
        return {"x-rate-limit-limit": str(LIMIT), "x-rate-limit-remaining": "299", "x-rate-limit-reset": str(reset)}


def _missing(name: str, *, suspended: bool) -> dict[str, Any]:
    detail = f"User has been suspended: [{name}]." if suspended else f"Could not find user with usernames: [{name}]."
    return {
        "value": name,
        "detail": detail,
        "title": "Forbidden" if suspended else "Not Found Error",
        "resource_type": "user",
        "parameter": "usernames",
        "type": "https://api.x.com/2/problems/resource-not-found",
    }


def problem(status: int, title: str, detail: str, kind: str, headers: dict[str, str] | None = None) -> Answer:
    """In X's words."""
    return json_answer({"title": title, "detail": detail, "type": kind, "status": status}, status, headers)
