module github.com/payneteasy-go/payneteasy/internal/bench

go 1.25.0

replace github.com/payneteasy-go/payneteasy => ../..
