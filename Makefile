# Everything is set up by the commands themselves: `make run` and `make test` work in a fresh clone.
PYTHON ?= python3
VENV := .venv/bin/python
INSTALL := -m pip install -qq --disable-pip-version-check
# Complete lists: nothing is to be resolved.
PIP := $(VENV) $(INSTALL) --require-hashes --no-deps
UV := .venv/lock/bin/python
COMPILE := $(UV) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --custom-compile-command "make lock"

# Three workers, for tests in a browser mostly wait; tests/conftest.py says what stays together. The
# longest comes first.
SHARED := -n 3 --dist loadfile --no-loadscope-reorder
# What pytest and the processes of tests have compiled is kept.
unexport PYTHONDONTWRITEBYTECODE

# What all three would compile at the same time is compiled by one, beside lint and types, and beside
# looking for what is tested with, or installing it: a browser, proxies, a checker of alerts.
TOOLS := { $(VENV) -m tests.browser.chromium && $(VENV) -m tests.browser.hosted.proxies \
	&& $(VENV) -m tests.docs.promtool; }
COMPILED := [ -e .venv/compiled ] || $(VENV) -m pytest -qq --collect-only > /dev/null 2>&1; touch .venv/compiled

# Tests, with lint and types beside them: what those find is said last, and fails the command too.
define BESIDE_CHECK
@found=$$(mktemp); trap 'rm -f "$$found"' EXIT; \
$(MAKE) -s check > "$$found" 2>&1 & \
$(1); failed=$$?; \
wait $$! || { failed=1; echo; echo "Lint or types:"; cat "$$found"; }; \
exit $$failed
endef

.PHONY: run test quick check bench prove container lock clean

run: .venv/runtime
	@exec $(VENV) -m streamlit run app.py

test: .venv/development
	$(call BESIDE_CHECK,($(TOOLS) & $(COMPILED); wait $$!) && $(VENV) -m pytest $(SHARED) --durations 20)

# What starts no browser and no other process, and is not slow; of random examples a few.
quick: .venv/development
	$(call BESIDE_CHECK,$(COMPILED); $(VENV) -m pytest -q $(SHARED) -m "not process and not slow" --hypothesis-profile quick \
		--ignore tests/browser --ignore tests/crash --ignore tests/doors)

check: .venv/development
	@$(VENV) -m ruff check --quiet
	@$(VENV) -m ruff format --quiet --check
	@$(VENV) -m mypy --no-error-summary

# BASE=../base also measures that checkout, in turns with this one.
bench: .venv/development
	@$(VENV) -m tests.browser.chromium
	@exec $(VENV) -m tests.bench $(if $(BASE),--base $(BASE))

# That no message is lost, doubled or misplaced, with impatient hands and beside busy processes, and
# that no proxy cuts a long answer.
prove: .venv/development
	@$(VENV) -m tests.browser.chromium
	@$(VENV) -m tests.browser.hosted.proxies
	@exec $(VENV) -m tests.prove

# The steps of the Dockerfile in fresh roots, as root, and what comes of them; needs Debian's packages.
container: .venv/development
	@exec $(VENV) -m tests.container

# After a change of the dependencies in pyproject.toml. Versions stay as long as they fit.
lock: $(UV)
	@$(COMPILE) --group installer -o requirements-pip.txt
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --group development -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV):
	@command -v "$(PYTHON)" >/dev/null || { echo "Parley needs Python 3.11 or newer, and there is no $(PYTHON)."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Parley needs Python 3.11 or newer; this is %d.%d. Choose another with PYTHON=…" % sys.version_info[:2])'
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; exit 1; }

# The one that comes with Python takes twice as long for all that follows, or more.
.venv/pip: requirements-pip.txt | $(VENV)
	@$(PIP) -r requirements-pip.txt || echo "Going on with the pip that is there."
	@touch $@

.venv/runtime: requirements.txt | .venv/pip
	@echo "Installing what Parley needs …"
	@$(PIP) -r requirements.txt
	@touch $@

# With what Parley itself needs; of it all tests import a third, and compile that.
.venv/development: requirements-dev.txt | .venv/pip
	@echo "Installing what Parley and its tests need …"
	@$(PIP) --no-compile -r requirements-dev.txt
	@rm -f .venv/compiled; touch .venv/runtime $@

$(UV): | $(VENV)
	@"$(PYTHON)" -m venv .venv/lock
	@$@ $(INSTALL) uv==0.13.9 || { rm -rf .venv/lock; exit 1; }
