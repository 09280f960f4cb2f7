"""Fine-tuning: one encoder, one seed, the stock Trainer. Read top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from transformers import EvalPrediction, PreTrainedTokenizerFast

from ..models.encoder import EncoderModel, quiet
from ..models.hub import load_encoder
from ..models.processor import computes_bf16
from ..tasks import Example, Task
from ..tasks.base import EncodedPair
from .config import Experiment
from .loss import label_loss
from .progress import OnEpoch, training_progress
from .rates import layer_groups


def finetune(
    experiment: Experiment,
    task: Task,
    train: Sequence[Example],
    validation: Sequence[Example],
    *,
    seed: int,
    checkpoints: Path,
    resume: bool,
    on_epoch: OnEpoch,
    bar: bool,
) -> EncoderModel:
    """Fine-tune one encoder and return it as of its best epoch on validation.

    Args:
        checkpoints: a folder for the Trainer's checkpoints, one an epoch.
        resume: go on from the last checkpoint there; the figures end the same as those of an unbroken run.
        on_epoch: is given the metrics and the number of each epoch; what it raises ends the training.
        bar: show the progress.
    """
    import torch
    from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainingArguments, set_seed

    # The same figures to the last digit: every source of chance hangs on this seed.
    set_seed(seed)
    quiet()
    torch.use_deterministic_algorithms(True, warn_only=True)
    network, tokenizer = load_encoder(experiment.encoder, task, seed=seed, revision=experiment.revision)
    options = experiment.training
    encodings = task.encode(validation, tokenizer)
    has_gpu = torch.cuda.is_available()
    bf16 = computes_bf16(torch.device("cuda" if has_gpu else "cpu")) if options.bf16 is None else options.bf16
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=4 * options.batch_size,
        warmup_steps=options.warmup,
        eval_strategy="epoch",
        save_strategy="epoch",
        logging_strategy="epoch",
        # Two: the best one, which is loaded at the end, and the last one, from which a killed run goes on.
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=task.metric,
        greater_is_better=True,
        # Early stopping counts epochs: without its state a resumed run would stop later than an unbroken one.
        restore_callback_states_from_checkpoint=True,
        bf16=bf16,
        use_cpu=bf16 and not has_gpu,
        seed=seed,
        data_seed=seed,
        remove_unused_columns=False,
        label_names=["labels"] if task.labels else ["start_positions", "end_positions"],
        dataloader_pin_memory=False,
        report_to="none",
        disable_tqdm=True,
    )
    groups = layer_groups(
        network,
        learning_rate=options.learning_rate,
        layer_decay=options.layer_decay,
        weight_decay=options.weight_decay,
    )
    optimizer = torch.optim.AdamW(groups, fused=True)
    progress = training_progress(task.metric, seed, on_epoch, bar=bar)
    trainer = Trainer(
        model=network,
        args=arguments,
        train_dataset=task.training_inputs(train, tokenizer),
        eval_dataset=task.training_inputs(validation, tokenizer),
        data_collator=_padding(tokenizer),
        processing_class=tokenizer,
        compute_metrics=lambda output: _metrics(task, validation, encodings, output),
        compute_loss_func=label_loss(task, train, options) if task.labels else None,
        optimizers=(optimizer, None),
        callbacks=[EarlyStoppingCallback(options.patience), progress],
    )
    # It prints each log record as a dict; the progress bar says the same in words.
    trainer.remove_callback(PrinterCallback)
    last = _last_checkpoint(checkpoints) if resume else None
    with progress.bar:
        trainer.train(resume_from_checkpoint=last)
    return EncoderModel(task=task, network=network, tokenizer=tokenizer)


def _last_checkpoint(checkpoints: Path) -> str | None:
    """Return the newest checkpoint that is whole: a kill while one is written leaves a folder without its state."""
    whole = [path.parent for path in checkpoints.glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return None if newest is None else str(newest)


def _padding(tokenizer: PreTrainedTokenizerFast) -> Any:
    from transformers import DataCollatorWithPadding

    return DataCollatorWithPadding(tokenizer)


def _metrics(
    task: Task, examples: Sequence[Example], encodings: Sequence[EncodedPair], output: EvalPrediction
) -> dict[str, float]:
    heads = output.predictions if isinstance(output.predictions, tuple) else (output.predictions,)
    predicted = []
    for at, (example, encoding) in enumerate(zip(examples, encodings, strict=True)):
        logits = tuple(np.asarray(head[at], dtype=np.float64) for head in heads)
        predicted.append(task.decode(example, encoding, logits).best()[0])
    return task.figures(examples, predicted)
