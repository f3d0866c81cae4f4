"""The built-in offline model's words: who it is, help about Parley, examples of each format."""

from __future__ import annotations

GREETING = """Hello! I am Parley's built-in offline model. I am no AI: I answer from a few \
prepared texts, so that you can try everything here without a key.

Ask me

- how to **connect a model**,
- how to **stop**, **continue**, **retry**, **edit** or **branch** an answer,
- where your **data** is,
- for a **list**, **code**, a **table**, **LaTeX** or a **Mermaid** diagram,
- to *write 500 words*, to try **Stop**."""

IDENTITY = """I am Parley's built-in offline model, `parley-offline`. I am no language model: \
I run inside Parley, use no network, know only a few prepared texts, and give the same answer to \
the same message every time.

**Connect a model** in one of three ways, then start Parley again \
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

HELP = """I am Parley's built-in offline model and can help you with Parley itself:

- Ask me how to **connect a model**.
- **Stop** ends an answer while it is written; leaving the page does not. **Continue** goes on \
from there.
- **Retry** asks again after a failure, **Regenerate** for another answer. **Previous version** \
and **Next version** leaf through what there was before.
- **Edit** changes your message and asks again; **Branch** starts a new session with everything \
up to there.
- **Search chats** in the sidebar finds sessions. **Rename**, **Pin**, **Duplicate**, **Archive** \
and **Delete** are in the menu beside each; **Undo** follows a deletion, and the trash keeps it \
for 30 days.
- **Your data** is in one SQLite file, `data/parley.db` in Parley's folder \
(`PARLEY_DATABASE_URL` names another place).
- **Keyboard**: Enter sends, Shift + Enter begins a new line.

I can also show a list, code, a table, LaTeX or a Mermaid diagram, and write as many words as you \
like."""

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
