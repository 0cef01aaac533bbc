// How a front-end team calls the service, and the proof that nothing it receives is untyped.
// Compiled by `make codegen` against the types generated from schema/sdl/full.graphql; never run.

import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";

import * as operations from "./generated/full/operations";
import type { Scalars } from "./generated/full/schema";

export class ServiceError extends Error {
  constructor(readonly codes: readonly string[]) {
    super(codes.join(", "));
  }
}

type Answer<Result> = {
  data?: Result | null;
  errors?: ReadonlyArray<{ message: string; extensions?: { code?: string } }>;
};

/** Send one generated document. The variables and the answer have the document's own types. */
export async function execute<Result, Variables>(
  service: { url: string; token: string },
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(service.url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${service.token}` },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const answer = (await response.json()) as Answer<Result>;
  if (answer.errors?.length || !answer.data) {
    throw new ServiceError((answer.errors ?? []).map((error) => error.extensions?.code ?? error.message));
  }
  return answer.data;
}

// The checks below hold for any schema, so that adding a field or a plugin never breaks them.
type IsAny<T> = 0 extends 1 & T ? true : false;
type Names = keyof typeof operations;
type ResultOf<Name extends Names> =
  (typeof operations)[Name] extends TypedDocumentNode<infer Result, infer _Variables> ? Result : never;

/** Operations whose answer is `any`, and custom scalars that are not text; both must stay empty. */
type Untyped = { [Name in Names]: IsAny<ResultOf<Name>> extends true ? Name : never }[Names];
type Loose = { [Name in keyof Scalars]: IsAny<Scalars[Name]["output"]> extends true ? Name : never }[keyof Scalars];
export const everyOperationIsTyped: [Untyped] extends [never] ? true : never = true;
export const everyScalarIsTyped: [Loose] extends [never] ? true : never = true;

export const amount: Scalars["Decimal"]["output"] = "1234.50";
// @ts-expect-error Money is text: a JavaScript number would lose cents.
export const lossyAmount: Scalars["Decimal"]["output"] = 1234.5;
// @ts-expect-error A date is text in the ISO form, not a Date object.
export const wrongDate: Scalars["Date"]["input"] = new Date();

/** Every operation can be sent by the one function above. */
export const sendAny = <Name extends Names>(name: Name) => operations[name];
