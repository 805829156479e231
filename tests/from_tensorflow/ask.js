// Asks rustdoc's own search, outside of a browser.
//
//     node ask.js FOLDER CRATE QUESTION...
//
// FOLDER is where `cargo doc` wrote its pages. Prints one line of JSON for each question: the first results, named as
// the page of results names them. What is loaded are the scripts that the pages load.

"use strict";

const fs = require("fs");
const path = require("path");

const [folder, crate, ...questions] = process.argv.slice(2);
const FIRST = 5;

/** The script that the crate's front page names so. */
function script(name) {
    const page = fs.readFileSync(path.join(folder, crate, "index.html"), "utf8");
    const found = page.match(new RegExp(`data-${name}-js="([^"]+)"`));
    if (found === null) {
        throw new Error(`the page of ${crate} names no script for ${name}`);
    }
    return path.resolve(folder, "static.files", found[1]);
}

/** The index is a tree of scripts, each of which calls a function with its data. */
function hooks() {
    const index = path.join(folder, "search.index");
    let callbacks = null;
    const run = (file, failed) => {
        let text;
        try {
            text = fs.readFileSync(path.join(index, file), "utf8");
        } catch (error) {
            failed(error);
            return;
        }
        new Function(...Object.keys(callbacks), text)(...Object.values(callbacks));
    };
    return {
        loadRoot: (given) => {
            callbacks = given;
            run("root.js", (error) => { throw error; });
        },
        loadTreeByHash: (hash) => run(`${hash}.js`, (error) => callbacks.err_rn_(hash, error)),
        loadDataByNameAndHash: (name, hash) =>
            run(path.join(name, `${hash}.js`), (error) => callbacks.err_rd_(hash, error)),
    };
}

async function main() {
    // What the search uses of the pages' other scripts.
    const present = (value) => {
        if (value === null || value === undefined) {
            throw new Error("a value is missing");
        }
        return value;
    };
    Object.assign(globalThis, { nonnull: present, nonundef: present });
    const { Stringdex, RoaringBitmap } = require(script("stringdex"));
    const { initSearch } = require(script("search"));
    const { docSearch, DocSearch } = await initSearch(Stringdex, RoaringBitmap, hooks());
    for (const question of questions) {
        const results = await docSearch.execQuery(DocSearch.parseQuery(question), crate, crate);
        const found = [];
        for await (const result of results.others) {
            found.push(result.displayPath.replace(/<[^>]*>/g, "") + result.item.name);
            if (found.length === FIRST) {
                break;
            }
        }
        console.log(JSON.stringify(found));
    }
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
