package ecommpay

// Status is what the platform says of a payment.
type Status struct{}
