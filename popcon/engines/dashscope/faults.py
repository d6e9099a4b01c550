"""What DashScope's answers mean: which are worth another try, and what to tell the person about the others."""

from popcon.errors import PopconError, PromptDeclined, ServiceFault, ServiceRefused
from popcon.ledger.vendor import OutcomeUnknown, Throttled

# Codes that no repetition changes, with what to do. The first that a code starts with counts.
_FINAL = (
    ("InvalidApiKey", "DashScope does not accept this key{where}; check DASHSCOPE_API_KEY. A key works in the region "
     "that it was made in alone: for one of another region set POPCON_DASHSCOPE_REGION, and its currency if it is "
     "billed in another"),
    ("AccessDenied", "This key may not use the model {model}; allow it in the console, or choose another model"),
    ("ModelNotFound", "DashScope has no model named {model}{where}; it may have been taken away: choose "
     "{another}, as `popcon plan` lists them"),
    ("Model.NotFound", "DashScope has no model named {model}{where}; choose {another}"),
    ("Arrearage", "The DashScope account is in arrears; top it up in the console"),
    ("PrepaidBillOverdue", "The DashScope account's prepaid bill is overdue; settle it in the console"),
    ("PostpaidBillOverdue", "The DashScope account's bill is overdue; settle it in the console"),
    ("Throttling.AllocationQuota", "The free quota of {model} is used up; switch the account to paid use in the "
     "console, or choose another model"),
    ("AllocationQuota", "The free quota of {model} is used up; switch the account to paid use in the console"),
    ("CommodityNotPurchased", "The DashScope account has not activated this service; activate it in the console"),
    ("InvalidParameter", "DashScope does not accept this request to {model}"),
    ("InvalidURL", "DashScope could not read a picture that was sent to {model}"),
)  # fmt: skip

_DECLINED = ("DataInspection", "IPInfringement")

_TEMPORARY = ("InternalError", "SystemError", "RequestTimeOut", "ModelUnavailable", "ModelServingError", "ServiceUnav")


def after_create(
    status: int, code: str, message: str, model: str, account: str = "", successor: str = ""
) -> PopconError:
    """Return what to raise for an answer to a create that is not a task.

    Throttled: refused, sending again later is safe. OutcomeUnknown: look it up first. Else the person has to act.
    """
    if status >= 500 or status == 408 or status < 400:
        # Also where the code names the check of content: it may have been that of a task that was taken.
        return OutcomeUnknown(f"DashScope answered {status} {code}.")
    if (final := _final(status, code, message, model, account, successor)) is not None:
        return final
    if status == 429:
        return Throttled(f"DashScope is busy ({code}).")
    if code.startswith(_TEMPORARY):
        return OutcomeUnknown(f"DashScope answered {status} {code}.")
    return ServiceRefused(f"DashScope refused the request to {model}: {_words(code, message)}.")


def after_question(status: int, code: str, message: str, account: str = "") -> PopconError:
    """Return what to raise for an answer to a poll or a list that is not one."""
    if status in (401, 403) and (final := _final(status, code, message, "this task", account)) is not None:
        return final
    return ServiceFault(f"DashScope answered {status} {_words(code, message)}.")


def after_task(code: str, message: str, model: str, account: str = "") -> PopconError:
    """Return what to raise for a task that failed. It was free."""
    final = _final(200, code, message, model, account)
    return final if final is not None else ServiceFault(f"DashScope could not do it: {_words(code, message)}.")


def _final(status: int, code: str, message: str, model: str, account: str, successor: str = "") -> PopconError | None:
    another = f"{successor}, its successor, or another one" if successor else "another one"
    where = f" in {account.split(' in ')[0]}" if account else " here"
    if any(word in code for word in _DECLINED):
        return PromptDeclined(f"the service declined this prompt: {_words(code, message)}")
    for start, advice in _FINAL:
        if code.startswith(start):
            return ServiceRefused(
                f"{advice.format(model=model, where=where, another=another)}. ({_words(code, message)})"
            )
    if status == 401:
        return ServiceRefused(f"{_FINAL[0][1].format(where=where)}. ({_words(code, message)})")
    return None


def _words(code: str, message: str) -> str:
    said = " ".join(message.split())[:300].rstrip(".")
    return f"{said} [{code}]" if said and code else said or code or "no reason given"
