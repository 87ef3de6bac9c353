package payneteasy

// Wake lets every Wait of this client for that order ask at once instead of at its next time. If the status is not final
// then, they go on as before. CallbackHandler calls it. Call it yourself when you learn about the order from another source.
// However often it is called, a Wait asks at most five times a second, and no sooner than a failed reply's Retry-After says.
func (c *Client) Wake(clientOrderID string) { c.waiting.Wake(clientOrderID) }
