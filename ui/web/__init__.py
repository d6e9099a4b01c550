"""The web app: pages and the API behind them. What a job is and does lives in `popcon`; here people touch it."""
