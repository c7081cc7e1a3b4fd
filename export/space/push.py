"""Upload a Space's folder with huggingface_hub; the token comes from the environment only."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from forgetdemo.files.checkpoint import MANIFEST

TOKEN = "HF_TOKEN"  # nosec B105
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
STARTER = {".gitattributes", "README.md"}  # what the Hub puts into a new Space
REASONS = {
    401: f"the token in {TOKEN} was refused; make one with write permission",
    402: "the account's plan does not include such a Space; a --static one is free",
    403: "the token or the account's plan does not allow it; a --static Space is free",
    404: "there is no such user or organisation, or the token cannot see it",
    413: "the folder is too large",
    429: "too many requests; try again in an hour",
}


def check_push(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Refuse a push that cannot work, before anything is built.

    Args:
        name: USER/NAME.
        environment: default: the process's own.
    Returns:
        The token.
    Raises:
        ValueError: no USER/NAME, or no token; the token itself is never repeated.
    """
    parts = name.split("/")
    if len(parts) != 2 or not all(
        NAME.fullmatch(p) and not re.search(r"--|\.\.", p) for p in parts
    ):
        raise ValueError(
            f"--push takes USER/NAME of letters, digits and - . _ in between, got {name!r}"
        )
    token = (os.environ if environment is None else environment).get(TOKEN, "").strip()
    if not token:
        raise ValueError(
            f"--push needs a token with write permission in the environment variable {TOKEN}"
        )
    return token


def push(folder: Path, name: str, sdk: str, token: str) -> str:
    """Make the Space if it is new, and make its files those of the folder.

    Args:
        folder: as `python -m export.space` wrote it; all of it is uploaded.
        name: USER/NAME.
        sdk: "gradio" or "static"; counts for a new Space, later README.md does.
        token: as `check_push` returned it.
    Returns:
        The Space's address.
    Raises:
        ValueError: a Space of that name holds something else.
        OSError: offline, or the Hub refused; one sentence.
    """
    os.environ |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, errors

    unreachable = errors.HTTPError  # type: ignore[attr-defined]  # its HTTP client's own family
    hub = HfApi(token=token)
    try:
        address = hub.create_repo(name, repo_type="space", space_sdk=sdk, exist_ok=True)
        present = set(hub.list_repo_files(name, repo_type="space"))
        if present - STARTER and MANIFEST not in present:
            foreign = sorted(present - STARTER)[0]
            raise ValueError(
                f"the Space {name} holds {foreign} and was not made by this command; "
                "choose another name"
            )
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        named = {path.relative_to(folder).as_posix(): path for path in paths}
        gone = sorted(present - set(named) - {".gitattributes"})  # of an older version
        hub.create_commit(  # one, so that no half of a version is ever built
            name,
            [
                *(CommitOperationAdd(place, path) for place, path in named.items()),
                *(CommitOperationDelete(place) for place in gone),
            ],
            commit_message="Publish forgetdemo",
            repo_type="space",
        )
    except errors.HfHubHTTPError as error:
        raise OSError(f"cannot push {name}: {reason_of(error)}") from error
    except errors.OfflineModeIsEnabled as error:
        raise OSError(f"cannot push {name}: HF_HUB_OFFLINE is set; unset it") from error
    except (unreachable, OSError) as error:
        raise OSError(f"cannot push {name}: the Hub cannot be reached; are you online?") from error
    return str(address)


def reason_of(error: Exception) -> str:
    """What an answer of the Hub means, with its own words where it has some."""
    response = getattr(error, "response", None)
    code = getattr(response, "status_code", 0)
    said = " ".join(str(getattr(error, "server_message", None) or "").split())[:200]
    words = REASONS.get(code, "the Hub failed" if code >= 500 else "the Hub refused")
    return f"{words} (HTTP {code}{f': {said}' if said else ''})"
