package dev.offramp.server.cache;

/**
 * What the cache did since it was made.
 *
 * @param hits requests that a stored trace answered
 * @param partialHits requests whose text went on from stored rows
 * @param coalesced requests that joined the same text on its way
 * @param misses requests whose text began at the embeddings
 * @param evictions traces dropped for want of room, or too old
 * @param entries traces now, about
 * @param traceBytes their memory, about
 * @param rowBytes the hidden rows' memory, about
 */
public record CacheStatistics(
    long hits,
    long partialHits,
    long coalesced,
    long misses,
    long evictions,
    long entries,
    long traceBytes,
    long rowBytes) {}
