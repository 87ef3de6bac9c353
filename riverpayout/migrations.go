package riverpayout

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

// Migration is one step of the schema, for who migrates by a tool of his own.
type Migration struct {
	Name string // of a file: "river_001_create_river_migration.sql"
	SQL  string // several statements, to be run in one transaction
}

// Migrations are all steps in their order, River's and then this module's, each once. They write down that they were
// run, so that Migrate and NewMerchant know. They name no schema: what is first in search_path gets it.
func Migrations() ([]Migration, error) {
	river, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		return nil, fmt.Errorf("riverpayout: migrations: %w", err)
	}
	var all []Migration
	for _, step := range river.AllVersions() {
		all = append(all, Migration{
			Name: fmt.Sprintf("river_%03d_%s.sql", step.Version, strings.ReplaceAll(step.Name, " ", "_")),
			SQL:  strings.ReplaceAll(step.SQLUp, riverSchema, "") + riverWasRun(step.Version),
		})
	}
	files, err := migrationFiles()
	for i, file := range files {
		all = append(all, Migration{Name: fmt.Sprintf("riverpayout_%03d.sql", i+1), SQL: file})
	}
	return all, err
}

// riverSchema is where River's SQL would have a schema's name.
const riverSchema = "/* TEMPLATE: schema */"

// riverLines is the version from which on River's table has a line.
const riverLines = 5

func riverWasRun(version int) string {
	if version < riverLines {
		return fmt.Sprintf("\nINSERT INTO river_migration (version) VALUES (%d);\n", version)
	}
	return fmt.Sprintf("\nINSERT INTO river_migration (line, version) VALUES ('main', %d);\n", version)
}

// migrationFiles are this module's in their order.
func migrationFiles() ([]string, error) {
	entries, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	files := make([]string, len(entries))
	for i, entry := range entries {
		text, err := migrations.ReadFile("migrations/" + entry.Name())
		if err != nil {
			return nil, err
		}
		files[i] = string(text)
	}
	return files, nil
}
