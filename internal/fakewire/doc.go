// Package fakewire is what the fake gateways of this module have in common on the wire: a listener on loopback or on
// pipes in memory, connections that break, and replies that do.
package fakewire
