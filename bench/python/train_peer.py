"""What `offramp train` does to a BERT from nothing, written as one would in PyTorch, to be timed next to it.

The network, its batches and its regularization are those of `train` with its defaults; the objective is the plain sum of
cross-entropies, which costs less than COSEE's. Words are split more simply than BERT's rules split them, so that batches hold
about as many word pieces, not exactly those. Only times are of interest; nothing is saved.

    python bench/python/train_peer.py --data train.tsv --vocabulary vocab.txt --threads 2

prints seconds, steps a second, tokens with padding, and the last loss of each epoch. docs/performance.md has what it took.
"""

import argparse
import math
import random
import re
import time

import torch
from torch import nn
from torch.nn import functional as F

HIDDEN, HEADS, INTERMEDIATE, LAYERS = 128, 4, 512, 6
POSITIONS, BATCH, BATCHES_IN_A_BUCKET = 128, 64, 50
DROPOUT, ATTENTION_DROPOUT, MASKED, SMOOTHING = 0.2, 0.1, 0.1, 0.05
RATE, WEIGHT_DECAY, WARM_UP, AVERAGED = 5e-4, 0.01, 0.1, 0.001


class Vocabulary:
    """Word pieces by the longest that fits."""

    def __init__(self, path):
        with open(path, encoding="utf8") as lines:
            self.ids = {line.rstrip("\n"): i for i, line in enumerate(lines)}
        self.special = {name: self.ids[f"[{name}]"] for name in ("CLS", "SEP", "PAD", "MASK", "UNK")}

    def __len__(self):
        return len(self.ids)

    def encode(self, text):
        ids = [self.special["CLS"]]
        for word in re.findall(r"\w+|[^\w\s]", text.lower()):
            ids += self._pieces(word)
        return ids[: POSITIONS - 1] + [self.special["SEP"]]

    def _pieces(self, word):
        pieces, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start and self._key(word, start, end) not in self.ids:
                end -= 1
            if end == start:
                return [self.special["UNK"]]
            pieces.append(self.ids[self._key(word, start, end)])
            start = end
        return pieces

    @staticmethod
    def _key(word, start, end):
        return ("##" if start else "") + word[start:end]


class Layer(nn.Module):
    """One layer of BERT; x is [texts, length, HIDDEN], mask [texts, 1, 1, length] of 0 and -1e9."""

    def __init__(self, fused_attention):
        super().__init__()
        self.fused_attention = fused_attention
        self.query_key_value = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.output = nn.Linear(HIDDEN, HIDDEN)
        self.output_norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.up = nn.Linear(HIDDEN, INTERMEDIATE)
        self.down = nn.Linear(INTERMEDIATE, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)

    def forward(self, x, mask):
        texts, length, _ = x.shape
        heads = self.query_key_value(x).view(texts, length, 3, HEADS, HIDDEN // HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        if self.fused_attention:
            context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=ATTENTION_DROPOUT)
        else:
            scores = query @ key.transpose(-1, -2) / math.sqrt(HIDDEN // HEADS) + mask
            context = F.dropout(torch.softmax(scores, -1), ATTENTION_DROPOUT) @ value
        context = context.transpose(1, 2).reshape(texts, length, HIDDEN)
        y = self.output_norm(F.dropout(self.output(context), DROPOUT) + x)
        return self.norm(F.dropout(self.down(F.gelu(self.up(y))), DROPOUT) + y)


class MultiExitBert(nn.Module):
    """A classifier after every layer, all behind one pooler."""

    def __init__(self, words, classes, fused_attention):
        super().__init__()
        self.words = nn.Embedding(words, HIDDEN)
        self.positions = nn.Embedding(POSITIONS, HIDDEN)
        self.segments = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = nn.ModuleList(Layer(fused_attention) for _ in range(LAYERS))
        self.pooler = nn.Linear(HIDDEN, HIDDEN)
        self.exits = nn.ModuleList(nn.Linear(HIDDEN, classes) for _ in range(LAYERS))

    def forward(self, ids, mask):
        embedded = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.segments.weight[0]
        x, logits = F.dropout(self.norm(embedded), DROPOUT), []
        for layer, classifier in zip(self.layers, self.exits):
            x = layer(x, mask)
            logits.append(classifier(F.dropout(torch.tanh(self.pooler(x[:, 0])), DROPOUT)))
        return logits


def batches_of(texts):
    """Indices, BATCH at a time, of texts about as long as each other, in random order."""
    order, batches = list(range(len(texts))), []
    random.shuffle(order)
    for start in range(0, len(order), BATCH * BATCHES_IN_A_BUCKET):
        bucket = sorted(order[start : start + BATCH * BATCHES_IN_A_BUCKET], key=lambda i: len(texts[i]))
        batches += [bucket[i : i + BATCH] for i in range(0, len(bucket), BATCH)]
    random.shuffle(batches)
    return batches


def tensors_of(batch, texts, special):
    """Ids [texts, length] padded to the longest, a tenth of the words masked, and the mask of padding."""
    ids = torch.full((len(batch), max(len(texts[i]) for i in batch)), special["PAD"])
    for row, i in enumerate(batch):
        ids[row, : len(texts[i])] = torch.tensor(texts[i])
    padding = ids == special["PAD"]
    spared = padding | (ids == special["CLS"]) | (ids == special["SEP"])
    ids = ids.masked_fill((torch.rand(ids.shape) < MASKED) & ~spared, special["MASK"])
    return ids, padding.float().mul(-1e9)[:, None, None, :]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="text<TAB>label a line")
    parser.add_argument("--vocabulary", required=True, help="BERT's vocab.txt")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--fused-attention", action="store_true", help="scaled_dot_product_attention")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random.seed(1)

    vocabulary = Vocabulary(options.vocabulary)
    with open(options.data, encoding="utf8") as lines:
        rows = [line.rstrip("\n").rsplit("\t", 1) for line in lines]
    names = {name: i for i, name in enumerate(sorted({label for _, label in rows}))}
    texts, labels = [vocabulary.encode(text) for text, _ in rows], [names[label] for _, label in rows]

    net = MultiExitBert(len(vocabulary), len(names), options.fused_attention).train()
    parameters = list(net.parameters())
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0},
        ],
        lr=RATE,
        fused=True,
    )
    average = [p.detach().clone() for p in parameters]
    steps, step = options.epochs * math.ceil(len(texts) / BATCH), 0
    for epoch in range(1, options.epochs + 1):
        began, batches, tokens = time.perf_counter(), batches_of(texts), 0
        for batch in batches:
            ids, mask = tensors_of(batch, texts, vocabulary.special)
            wanted = torch.tensor([labels[i] for i in batch])
            loss = sum(F.cross_entropy(exit_, wanted, label_smoothing=SMOOTHING) for exit_ in net(ids, mask)) / LAYERS
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = RATE * max(0, min(step / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps)))
            optimizer.step()
            torch._foreach_lerp_(average, [p.detach() for p in parameters], AVERAGED)
            tokens += ids.numel()
        took = time.perf_counter() - began
        print(
            f"epoch {epoch}: {took:.2f} s, {len(batches) / took:.2f} steps/s, {tokens:,} tokens, loss {loss.item():.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
