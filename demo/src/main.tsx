import { render } from "preact";
import { App } from "./app.tsx";
import "./tokens.css";
import "./page.css";
import "./forms.css";
import "./record.css";
import "./list.css";

const root = document.getElementById("app");
if (root) render(<App />, root);
