package riverpayout_test

import (
	"os"
	"testing"

	"github.com/payneteasy-go/payneteasy/riverpayout/internal/pgtest"
)

func TestMain(m *testing.M) {
	if order := os.Getenv(processOrder); order != "" {
		workerProcess(order)
	}
	os.Exit(pgtest.Run(m))
}
