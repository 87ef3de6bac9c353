// Package fakewire has what the fake gateways of this module share on the wire. It has a listener on loopback or on
// pipes in memory, and connections and replies that break.
package fakewire
