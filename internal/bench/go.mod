module github.com/payneteasy-go/payneteasy/internal/bench

go 1.26.0

toolchain go1.26.11

replace github.com/payneteasy-go/payneteasy => ../..

require (
	github.com/dghubble/oauth1 v0.7.3
	github.com/mrjones/oauth v0.0.0-20190623134757-126b35219450
	github.com/payneteasy-go/payneteasy v0.0.0
)

require github.com/google/go-querystring v1.2.0
