"""What the optimizer got wrong (docs/compiler-faults.md), as users saw it: A1 to A3."""
import json
import os
import subprocess

from process import wait_for


def append(node, count):
    """Appends records, each in a block of its own, and waits until the index knows them. Returns the answers."""
    answers = []
    for number in range(count):
        status, body = node.request(
            "POST", "/v1/records", json.dumps({"record": number}), {"Content-Type": "application/json"})
        assert status == 201, body
        answers.append(json.loads(body))
    last = max(answer["block_index"] for answer in answers)
    wait_for("the index knows all blocks", lambda: (node.status["indexed_block"] or 0) >= last)
    return answers


def missing(node, answers):
    """What can't be found by its hash: records by their leaves', blocks by their own."""
    records, blocks = [], []
    for answer in answers:
        if node.get(f"/v1/records?leaf_hash={answer['leaf_hash']}")["numbers"] != [answer["number"]]:
            records.append(answer["number"])
        status, _ = node.request("GET", f"/v1/blocks/{answer['block_hash']}")
        if status != 200:
            blocks.append(answer["block_index"])
    return {"records": records, "blocks": blocks}


def test_a1_what_was_appended_is_found_by_its_hash(node):
    answers = append(node, 30)
    assert missing(node, answers) == {"records": [], "blocks": []}


def test_a2_a_clean_restart_uses_the_index(node):
    answers = append(node, 30)
    lines = []
    for _ in range(2):
        node.stop()
        end = os.path.getsize(node.log_path)
        node.start([])
        with open(node.log_path) as log:
            log.seek(end)
            lines += [line for line in log if "index is being made" in line]
    assert lines == []
    wait_for("the index knows all blocks", lambda: (node.status["indexed_block"] or 0) >= 30)
    assert missing(node, answers) == {"records": [], "blocks": []}


def test_a3_auditors_go_on(node, binary, cairn, tmp_path):
    """Six auditors at once, of two addresses of the node, which are asked at the same time, until each has seen four trees grow."""
    append(node, 3)
    policy = tmp_path / "policy.txt"
    policy.write_text(cairn("policy", "--url", node.url).stdout)
    auditors = []
    try:
        for number in range(6):
            auditors.append(subprocess.Popen(
                [binary, "audit", "--url", node.url, "--url", f"http://localhost:{node.http_port}", "--policy", policy, "--state",
                 tmp_path / f"state{number}", "--interval", "100ms"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env={**os.environ, "SWIFT_BACKTRACE": "enable=no"}))
        for _ in range(4):
            size = append(node, 1)[0]["number"] + 1
            for place, auditor in enumerate(auditors):
                def has_seen():
                    assert auditor.poll() is None, f"auditor {place} ended with {auditor.returncode}: {auditor.stderr.read()}"
                    return f"\n{size}\n" in (tmp_path / f"state{place}" / "checkpoint").read_text()
                wait_for(f"auditor {place} sees the tree of {size} records", has_seen)
    finally:
        for auditor in auditors:
            auditor.kill()
            auditor.wait()
            auditor.stderr.close()


def test_a3_an_audit_that_begins_with_the_chain_alone(node, cairn):
    append(node, 1)
    chain = node.status["chain"]
    for number in range(5):
        done = cairn("audit", "--url", node.url, "--state", f"state{number}", "--chain", chain, "--once")
        assert done.returncode == 0, done.stderr
        again = cairn("audit", "--url", node.url, "--state", f"state{number}", "--chain", chain, "--once")
        assert again.returncode == 0, again.stderr
