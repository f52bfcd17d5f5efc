"""The world behind the gateway: people, places, prices, trades, and what happens to them. Pure but for `changes`."""
