# The decisions in a log, one row each: jq -rf decisions.jq director.jsonl
select(."event.name" == "director.decision.made")
| [
    .timestamp,
    ."director.subject.name",
    ."deployment.environment.name" // "",
    ."director.decision.outcome",
    ."director.decision.effective" // ."director.decision.outcome",
    ."director.decision.pass_rate",
    ."director.evaluation.id"
  ]
| @tsv
