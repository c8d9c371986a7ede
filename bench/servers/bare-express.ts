import express from "express";

/** The least that Express can do with a webhook: how far everything else is from the ceiling. */
const app = express();
app.use(express.json({ limit: "32mb" }));
app.post("/api/v1/alerts", (_request, response) => {
  response.json({ ok: true });
});
app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
