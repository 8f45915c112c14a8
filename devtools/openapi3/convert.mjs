// Converts docs/openapi/<service>.json to docs/openapi/<service>.openapi3.json. With --check it
// writes nothing and fails if a file is outdated.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { upgrade } from "@scalar/openapi-upgrader";

const FOLDER = new URL("../../docs/openapi/", import.meta.url);
const PROBLEM = "application/problem+json";
const EXTENSIONS = { '"x-nullable":': '"nullable":', '"x-example":': '"example":' };
const BEARER = {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "An access token of `POST /api/users/token/`.",
};

function convert(text) {
    for (const [extension, keyword] of Object.entries(EXTENSIONS)) {
        text = text.replaceAll(extension, keyword);
    }
    const document = upgrade(JSON.parse(text), "3.0");
    document.components.securitySchemes.Bearer = BEARER;
    for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
        const csv = operation.requestBody?.content["text/csv"];
        if (csv) {
            csv.schema = { type: "string", format: "binary" };
        }
        for (const [status, response] of Object.entries(operation.responses ?? {})) {
            dropOtherMediaTypes(response, Number(status) >= 400);
        }
    }
    return JSON.stringify(document, null, 2) + "\n";
}

// OpenAPI 2 has one list of media types for all responses; in OpenAPI 3 each response has its own.
function dropOtherMediaTypes(response, isError) {
    for (const type of Object.keys(response.content ?? {})) {
        if ((type === PROBLEM) !== isError) {
            delete response.content[type];
        }
    }
}

for (const name of readdirSync(FOLDER).filter((name) => /^[a-z]+\.json$/.test(name))) {
    const target = new URL(name.replace(".json", ".openapi3.json"), FOLDER);
    const text = convert(readFileSync(new URL(name, FOLDER), "utf8"));
    if (!process.argv.includes("--check")) {
        writeFileSync(target, text);
    } else if (readFileSync(target, "utf8") !== text) {
        console.error(`docs/openapi/${name} has changed since it was converted: run make docs`);
        process.exitCode = 1;
    }
}
