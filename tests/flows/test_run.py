"""The one run: gate, website first, the rest at once; what holds it and what does not."""


def test_a_broadcast_takes_the_item_everywhere(office):
    document = office.broadcast("1001")
    assert document["state"] == "synchronised", [(d["outlet"], d["state"], d["problem"]) for d in document["deliveries"]]
    states = office.states()
    assert {name for name, state in states.items() if state == "accepted"} == {"radio", "television", "newspaper", "gazette"}
    assert {name for name, state in states.items() if state == "live"} == {"portal", "feeds", "app", "weibo-main", "wechat-main"}
    assert len(office.shared()) == len(office.submitted()) == 1
    assert office.chain_holds()
