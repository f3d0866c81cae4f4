"""The built-in offline model's words: who it is, help about Parley, examples of each format."""

from __future__ import annotations

CONNECT = """**Connect a model** in one of three ways, then start Parley again \
(a local server is found without a restart):

1. Environment variables: `OPENAI_API_KEY`, and `OPENAI_BASE_URL` for anything other than OpenAI.

   ```sh
   export OPENAI_API_KEY=sk-...
   export OPENAI_BASE_URL=https://api.example.com/v1
   ```

2. The same in `.streamlit/secrets.toml`:

   ```toml
   [parley]
   openai_api_key = "sk-..."
   openai_base_url = "https://api.example.com/v1"
   model = "name-of-the-model"
   ```

3. A local server that is found by itself: Ollama (port 11434), LM Studio (1234), \
llama.cpp (8080) or vLLM (8000) on this computer."""

GREETING = """Hello! I am Parley's built-in offline model. I am no AI: I answer from a few \
prepared texts, so that you can try everything here without a key.

Ask me

- how to **connect a model**,
- how to **stop**, **continue**, **retry**, **edit** or **branch** an answer,
- where your **data** is,
- for a **list**, **code**, a **table**, **LaTeX** or a **Mermaid** diagram,
- to *write 500 words*, to try **Stop**."""

IDENTITY = (
    """I am Parley's built-in offline model, `parley-offline`. I am no language model: \
I run inside Parley, use no network, know only a few prepared texts, and give the same answer to \
the same message every time.

"""
    + CONNECT
)

HELP = """I am Parley's built-in offline model and can help you with Parley itself. Ask me how to

- connect a model,
- stop, continue or retry an answer,
- see its versions, edit a message, branch a session,
- search, rename, archive or delete sessions (and undo that),
- use the keyboard,

or where your data is. I can also show a list, code, a table, LaTeX or a Mermaid diagram, and \
write as many words as you like."""

CLOSING = "*(From Parley's built-in offline model.)*"

TOPICS: tuple[tuple[str, str], ...] = (
    (
        r"\bconnect|\bapi[- _]?key|\bopenai|\bollama|lm studio|llama\.?cpp|\bvllm|\bendpoint"
        r"|\b(?:real|other|another|own|local|different|better) (?:ai|llm|model)|\bbase[_ ]url",
        CONNECT,
    ),
    (
        r"\b(?:my|the|your|chats?|sessions?|messages?|everything) .{0,20}(?:data|stored|saved|kept)"
        r"|\bdata\b|\bdatabase\b|\bbackup|\bstored\b|\bsaved\b",
        "**Your data** is in one SQLite file, `data/parley.db` in Parley's folder "
        "(`PARLEY_DATABASE_URL` names another place). Every message is stored before it is "
        "answered, and an answer while it is being written.",
    ),
    (
        r"\bstop|\bcancel|\binterrupt|\babort",
        "**Stop** ends an answer while it is being written; what is there stays. Leaving, "
        "refreshing or closing the page does not end it: it goes on and is there when you return.",
    ),
    (
        r"\bcontinu|\bresume",
        "**Continue** stands under an answer that was stopped or interrupted and goes on from "
        "where it ended.",
    ),
    (
        r"\bretry|\bregenerat|\btry again|\bagain\b",
        "**Retry** asks again after a failure; **Regenerate** under the newest answer asks for "
        "another one. The earlier answer is kept as a version.",
    ),
    (
        r"\bversions?\b|\bprevious answer",
        "**Versions**: where a message or an answer has several, **Previous version** and "
        "**Next version** leaf through them; between them you see, for example, 2/3. Nothing is "
        "overwritten.",
    ),
    (
        r"\bedit|\bcorrect (?:a|my)|\bchange (?:a|my) (?:message|question)",
        "**Edit**, in the menu of your message, changes it and asks again; the earlier wording "
        "and its answers stay as another version.",
    ),
    (
        r"\bbranch|\bfork",
        "**Branch**, in the menu of a message, starts a new session with everything up to there.",
    ),
    (
        r"\bsearch|\bfind (?:a|my|old|earlier)",
        "**Search chats** in the sidebar filters your sessions by title and preview as you type.",
    ),
    (
        r"\brename|\bchange the title|\btitles?\b",
        "**Rename** is in the menu beside a session in the sidebar. A title that you gave is "
        "never replaced.",
    ),
    (
        r"\bdelet|\bundo|\btrash|\brestor|\bremov",
        "**Delete**, in the menu beside a session, asks first and offers **Undo** afterwards. A "
        "deleted session stays in the trash (Manage sessions) for 30 days.",
    ),
    (
        r"\barchiv|\bpin\b|\bpinned\b|\bduplicat",
        "**Archive**, **Pin** and **Duplicate** are in the menu beside a session. Archived ones "
        "leave the list and come back from Manage sessions.",
    ),
    (
        r"\bkeyboard|\bshortcuts?\b|\bhot ?keys?\b|\bkeys\b",
        "**Keyboard**: Enter sends, Shift + Enter begins a new line. **New chat** and the other "
        "controls that have a shortcut show it on the control itself.",
    ),
)

EXAMPLES: dict[str, str] = {
    "list": """A list:

1. First, something with an order
2. Second, with points below it:
   - one
   - another, *in italics*
3. Third, **in bold**""",
    "code": """Code, in Python:

```python
def fibonacci(count: int) -> list[int]:
    \"\"\"The first numbers of the sequence.\"\"\"
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]


print(fibonacci(10))
```""",
    "table": """A table:

| Planet | Moons | Day, in hours |
|:-------|------:|--------------:|
| Earth  |     1 |          23.9 |
| Mars   |     2 |          24.6 |
| Venus  |     0 |       5,832.5 |""",
    "latex": r"""A formula, $e^{i\pi} + 1 = 0$, and one on its own line:

$$
\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}
$$""",
    "mermaid": """A Mermaid diagram:

```mermaid
flowchart LR
    Question --> Stored[Stored]
    Stored --> Model{Model}
    Model --> Answer
    Model -- stopped --> Continue
    Continue --> Answer
```""",
}

LONG = (
    "This is a long answer by Parley's built-in offline model.",
    "It says little, and takes its time over it.",
    "You can stop it at any moment, and what was written until then stays.",
    "You can also leave for another session, refresh the page or close it; the answer goes on.",
    "When you come back you find it further along or finished.",
)
